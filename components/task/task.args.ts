import type * as cloudwatch from "@pulumi/aws/cloudwatch";
import type * as ec2 from "@pulumi/aws/ec2";
import type * as ecr from "@pulumi/aws/ecr";
import type * as ecs from "@pulumi/aws/ecs";
import type * as iam from "@pulumi/aws/iam";
import type * as dockerBuild from "@pulumi/docker-build";
import type * as pulumi from "@pulumi/pulumi";
import * as fs from "node:fs";
import * as path from "node:path";
import { checkGrants } from "../function/function.args";
import { checkKnown, checkLogRetention, checkOneOf, checkRange, isPlain, show, type NameRule } from "../shared/checks";
import { checkEnvironment } from "../shared/environment";
import type { Problem } from "../shared/errors";
import type { Grant } from "../shared/grants";
import type { Transforms } from "../shared/transform";
import { fargateSize, largestSize } from "./fargate-size";
import { checkNetwork } from "./network.args";

/** The resources of a task, by the names under which `transform` reaches them. */
export interface TaskChildren {
  readonly repository: ecr.RepositoryArgs;
  readonly lifecycle: ecr.LifecyclePolicyArgs;
  readonly image: dockerBuild.ImageArgs;
  readonly cluster: ecs.ClusterArgs;
  readonly logGroup: cloudwatch.LogGroupArgs;
  readonly role: iam.RoleArgs;
  readonly policy: iam.RolePolicyArgs;
  readonly executionRole: iam.RoleArgs;
  readonly executionPolicy: iam.RolePolicyArgs;
  readonly taskDefinition: ecs.TaskDefinitionArgs;
  readonly securityGroup: ec2.SecurityGroupArgs;
}

/** How an image is built. Paths are relative to the project's folder. */
export interface TaskBuild {
  /** The folder that the build sees. */
  readonly context: string;
  /** @defaultValue `Dockerfile` in the context */
  readonly dockerfile?: string;
  /** The stage to build. @defaultValue the last */
  readonly target?: pulumi.Input<string>;
  /** Values of the Dockerfile's `ARG`s. They can be read from the image: use `secrets` for what nobody may see. */
  readonly args?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Secrets for `RUN --mount=type=secret`. */
  readonly secrets?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** @defaultValue that of the task's `architecture`, e.g. `linux/amd64` */
  readonly platform?: pulumi.Input<"linux/amd64" | "linux/arm64">;
}

/** A network that exists already: its id, or what `awsx.ec2.Vpc` returns. */
export type Vpc =
  | pulumi.Input<string>
  | {
      readonly vpcId: pulumi.Input<string>;
      readonly publicSubnetIds: pulumi.Input<pulumi.Input<string>[]>;
      readonly privateSubnetIds: pulumi.Input<pulumi.Input<string>[]>;
    };

/** Where a task runs. */
export interface TaskNetwork {
  /** @defaultValue the account's default VPC, or the stack's `tandem:vpc` */
  readonly vpc?: Vpc;
  /**
   * Runs in private subnets, which reach the internet through a NAT gateway only. Without a `vpc`, all such tasks of a
   * stack share one new VPC with a single NAT gateway, which costs about 37 USD a month and 0.045 USD a GB.
   * @defaultValue `false`: public subnets, with a public address and no inbound rule
   */
  readonly private?: boolean;
  /** Ids of security groups. @defaultValue one of the task's own, without any inbound rule */
  readonly securityGroups?: pulumi.Input<pulumi.Input<string>[]>;
}

/** Settings of a task: exactly one of `build` and `image` is needed. */
export interface TaskArgs {
  /** A folder with a Dockerfile, or how to build it. */
  readonly build?: string | TaskBuild;
  /** An existing image, e.g. `public.ecr.aws/docker/library/alpine:3.22`; pinned to its digest when deployed. */
  readonly image?: pulumi.Input<string>;
  /** Memory in MB; rounded up to what Fargate has. @defaultValue `512` */
  readonly memory?: pulumi.Input<number>;
  /** CPU units, 1024 for each vCPU; rounded up to what Fargate has. @defaultValue `256` */
  readonly cpu?: pulumi.Input<number>;
  /** The processor: `arm64` (Graviton) or `x64`. @defaultValue `"x64"`, which builds everywhere, or the stack's `tandem:architecture` */
  readonly architecture?: pulumi.Input<"arm64" | "x64">;
  /** Disk in GiB, 20 to 200. @defaultValue `20` */
  readonly ephemeralStorage?: pulumi.Input<number>;
  /** Seconds after which a run is stopped (up to a minute later: EventBridge Scheduler's precision). @defaultValue none */
  readonly timeout?: pulumi.Input<number>;
  /** Runs on spare capacity, for about a third of the price; AWS may stop a run with two minutes' notice. @defaultValue `false` */
  readonly spot?: boolean;
  /** Replaces the image's `CMD`. */
  readonly command?: pulumi.Input<readonly pulumi.Input<string>[]>;
  readonly environment?: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
  /** Environment variables read at the start of a run: ARNs of Secrets Manager secrets or SSM parameters. */
  readonly secrets?: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
  /** What the container may do, and no more. */
  readonly grants?: readonly Grant[];
  readonly network?: TaskNetwork;
  /** Days that logs are kept; 0 keeps them for ever. @defaultValue `14`, or the stack's `tandem:logRetention` */
  readonly logRetention?: pulumi.Input<number>;
  /** Changes a child's arguments before it is made. */
  readonly transform?: Transforms<TaskChildren>;
}

/** ECS, ECR and IAM names, with room for `-execution-policy` and the suffix that Pulumi adds. */
export const taskName: NameRule = {
  pattern: /^[A-Za-z][A-Za-z0-9]*([_-][A-Za-z0-9]+)*$/,
  longest: 40,
  words: "1 to 40 letters and digits with single hyphens or underscores between, starting with a letter",
};

const known: readonly (keyof TaskArgs)[] = [
  "build",
  "image",
  "memory",
  "cpu",
  "architecture",
  "ephemeralStorage",
  "timeout",
  "spot",
  "command",
  "environment",
  "secrets",
  "grants",
  "network",
  "logRetention",
  "transform",
];

/** Finds what is wrong with `args`. */
export function checkTaskArgs(whose: string, args: TaskArgs): Problem[] {
  const { cpu, memory } = largestSize;
  return [
    ...checkKnown(whose, args, known),
    ...checkSource(whose, args),
    ...checkRange(whose, "memory", args.memory, { least: 1, most: memory, unit: "MB" }),
    ...checkRange(whose, "cpu", args.cpu, { least: 1, most: cpu, unit: "CPU units" }),
    ...checkSize(whose, args),
    ...checkOneOf(whose, "architecture", args.architecture, ["arm64", "x64"]),
    ...checkRange(whose, "ephemeralStorage", args.ephemeralStorage, { least: 20, most: 200, unit: "GiB" }),
    ...checkRange(whose, "timeout", args.timeout, { least: 1, most: 1_209_600, unit: "seconds" }),
    ...checkOneOf(whose, "spot", args.spot, [true, false]),
    ...checkEnvironment(whose, args.environment),
    ...checkEnvironment(whose, args.secrets),
    ...checkGrants(whose, args.grants),
    ...checkCommand(whose, args.command),
    ...checkLogRetention(whose, args.logRetention),
    ...checkNetwork(whose, args.network),
    ...checkDefinitionSize(whose, args),
  ];
}

function checkSource(whose: string, args: TaskArgs): Problem[] {
  if ((args.build === undefined) === (args.image === undefined)) {
    return [
      {
        code: "ERR_TASK_SOURCE",
        message: `${whose} needs exactly one of build and image`,
        got: args.build === undefined ? "neither" : "both",
        fix: 'pass build: "./folder" with a Dockerfile, or image: "name:tag" that exists already',
      },
    ];
  }
  return args.build === undefined ? checkImage(whose, args.image) : checkBuild(whose, args.build);
}

/** https://pkg.go.dev/github.com/distribution/reference: what is after the name, the registry judges. */
function checkImage(whose: string, image: unknown): Problem[] {
  if (!isPlain(image) || (typeof image === "string" && /^\w[\w.-]*(:\d+)?(\/[\w.-]+)*([:@][\w.:@-]+)?$/.test(image)))
    return [];
  return [
    {
      code: "ERR_ARGUMENT_TYPE",
      message: `${whose} was given an image that is no name of one`,
      got: `image = ${show(image)}`,
      fix: 'write registry, name and tag, like "alpine:3.22" or "public.ecr.aws/docker/library/alpine:3.22"',
    },
  ];
}

function checkBuild(whose: string, build: string | TaskBuild): Problem[] {
  const refuse = (message: string, got: string, fix: string): Problem[] => [
    { code: "ERR_TASK_BUILD", message: `${whose} ${message}`, got, fix },
  ];
  if (typeof build !== "string" && (typeof build !== "object" || build === null || typeof build.context !== "string")) {
    return refuse(
      "was given a build without a context",
      `build = ${show(build)}`,
      'use a folder, like build: "./ffmpeg"',
    );
  }
  const { context, dockerfile, platform } = typeof build === "string" ? ({ context: build } as TaskBuild) : build;
  const problems =
    typeof build === "string"
      ? []
      : [
          ...checkKnown(whose, build, ["context", "dockerfile", "target", "args", "secrets", "platform"]),
          ...checkOneOf(whose, "platform", platform, ["linux/amd64", "linux/arm64"]),
        ];
  const folder = path.resolve(context);
  if (!fs.existsSync(folder) || !fs.statSync(folder).isDirectory()) {
    return [
      ...problems,
      ...refuse(
        "names a build folder that is not there",
        context,
        `create ${folder}, or correct the path: it is relative to the project`,
      ),
    ];
  }
  const file = dockerfile === undefined ? path.join(folder, "Dockerfile") : path.resolve(dockerfile);
  if (fs.existsSync(file)) return problems;
  return [
    ...problems,
    ...refuse(
      "has no Dockerfile",
      path.relative(process.cwd(), file),
      "create it, or name another with build: { context, dockerfile }",
    ),
  ];
}

/** Refuses a size that is larger than any of Fargate's, as far as it is known. */
export function checkSize(whose: string, { cpu = 256, memory = 512 }: TaskArgs): Problem[] {
  if (typeof cpu !== "number" || typeof memory !== "number") return [];
  if (cpu > largestSize.cpu || memory > largestSize.memory || fargateSize({ cpu, memory }) !== undefined) return [];
  return [
    {
      code: "ERR_ARGUMENT_RANGE",
      message: `${whose} is larger than Fargate has`,
      got: `cpu = ${cpu}, memory = ${memory}`,
      fix: `use at most ${largestSize.cpu} CPU units and ${largestSize.memory} MB`,
    },
  ];
}

function checkCommand(whose: string, command: unknown): Problem[] {
  if (!isPlain(command)) return [];
  if (Array.isArray(command) && command.every((word: unknown) => !isPlain(word) || typeof word === "string")) return [];
  return [
    {
      code: "ERR_ARGUMENT_TYPE",
      message: `${whose} was given a command that is not a list of words`,
      got: `command = ${show(command)}`,
      fix: 'use a list, like ["node", "main.js"]',
    },
  ];
}

/** The most that ECS takes of a task definition, in bytes (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html). */
const definitionLimit = 64 * 1024;
/** Bytes of it that are the library's own. */
const definitionRoom = 4 * 1024;

function checkDefinitionSize(whose: string, { command, environment, secrets }: TaskArgs): Problem[] {
  const known = [command, environment, secrets].filter((each) => isPlain<unknown>(each));
  const size = Buffer.byteLength(JSON.stringify(known, (_key, value: unknown) => (isPlain(value) ? value : "")));
  if (size <= definitionLimit - definitionRoom) return [];
  return [
    {
      code: "ERR_LIMIT",
      message: `${whose} has a longer command and environment than ECS takes`,
      got: `${size} bytes, at most ${definitionLimit - definitionRoom} are taken`,
      fix: "put large values into the image, a bucket, or an SSM parameter, and pass its name",
    },
  ];
}

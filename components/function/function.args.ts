import type * as cloudwatch from "@pulumi/aws/cloudwatch";
import type * as iam from "@pulumi/aws/iam";
import type * as lambda from "@pulumi/aws/lambda";
import type * as pulumi from "@pulumi/pulumi";
import * as fs from "node:fs";
import * as path from "node:path";
import {
  checkKnown,
  checkLogRetention,
  checkOneOf,
  checkRange,
  isFilledList,
  isPlain,
  show,
  type Range,
} from "../shared/checks";
import { checkEnvironment } from "../shared/environment";
import type { Problem } from "../shared/errors";
import { checkCount, checkEnvironmentSize } from "../shared/limits";
import type { Grant } from "../shared/grants";
import type { Transforms } from "../shared/transform";

/** The resources of a function, by the names under which `transform` reaches them. */
export interface FunctionChildren {
  readonly function: lambda.FunctionArgs;
  readonly role: iam.RoleArgs;
  readonly policy: iam.RolePolicyArgs;
  readonly logGroup: cloudwatch.LogGroupArgs;
  readonly invokeConfig: lambda.FunctionEventInvokeConfigArgs;
}

/** Settings that everything takes which makes a function. */
export interface FunctionArgs {
  /**
   * Memory in MB, from 128 to 10240; the processor share grows with it.
   * @defaultValue `512`
   */
  readonly memory?: pulumi.Input<number>;
  /**
   * Seconds after which an invocation is stopped, from 1 to 900.
   * @defaultValue `30`
   */
  readonly timeout?: pulumi.Input<number>;
  /** Environment variables. The place for secrets: a captured one would be readable in the code, and is refused. */
  readonly environment?: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
  /**
   * The processor: `arm64` (Graviton) or `x64`.
   * @defaultValue `"arm64"`, or the stack's `tandem:architecture`
   */
  readonly architecture?: pulumi.Input<"arm64" | "x64">;
  /**
   * At most this many invocations at a time; they are also reserved for this function. 0 stops it.
   * @defaultValue no limit but the account's
   */
  readonly concurrency?: pulumi.Input<number>;
  /**
   * How often an event is tried again after a failure, 0 to 2. Then it goes to the dead letters. Not for routes,
   * authorizers and handlers of a queue: their callers wait for the result.
   * @defaultValue `2`
   */
  readonly retries?: pulumi.Input<number>;
  /**
   * Disk under `/tmp` in GiB, from 0.5 to 10.
   * @defaultValue `0.5`
   */
  readonly ephemeralStorage?: pulumi.Input<number>;
  /**
   * Days that logs are kept; 0 keeps them for ever.
   * @defaultValue `14`, or the stack's `tandem:logRetention`
   */
  readonly logRetention?: pulumi.Input<number>;
  /** Permissions besides those that follow from what the handler captures. */
  readonly grants?: readonly Grant[];
  /** Runs the function inside a VPC, where it reaches private addresses and, without a NAT gateway, nothing else. */
  readonly vpc?: pulumi.Input<{
    readonly subnetIds: pulumi.Input<pulumi.Input<string>[]>;
    readonly securityGroupIds: pulumi.Input<pulumi.Input<string>[]>;
  }>;
  /** ARNs of Lambda layers, at most five. */
  readonly layers?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Traces invocations with AWS X-Ray.
   * @defaultValue `false`
   */
  readonly tracing?: pulumi.Input<boolean>;
  /** What goes into the function's package besides its code. */
  readonly bundle?: {
    /**
     * Files and folders of the project that the code reads while it runs, by paths that nothing shows: `"./templates"`. The
     * package has them at the same place, so that `fs.readFile("templates/mail.html")` finds them. Files that code names
     * beside itself, as in `path.join(__dirname, "mail.html")`, come along without it.
     */
    readonly copy?: readonly string[];
  };
  /** Changes a child's arguments before it is made. */
  readonly transform?: Transforms<FunctionChildren>;
}

/**
 * Settings of a function whose caller waits for the result: of a route, an authorizer, or a queue's handler. Lambda tries
 * none of its calls again.
 */
export type CalledFunctionArgs = Omit<FunctionArgs, "retries">;

const known: readonly (keyof FunctionArgs)[] = [
  "memory",
  "timeout",
  "environment",
  "architecture",
  "concurrency",
  "retries",
  "ephemeralStorage",
  "logRetention",
  "grants",
  "vpc",
  "layers",
  "tracing",
  "bundle",
  "transform",
];

// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const ranges: readonly (readonly [keyof FunctionArgs, Range])[] = [
  ["memory", { least: 128, most: 10240, unit: "MB" }],
  ["timeout", { least: 1, most: 900, unit: "seconds" }],
  ["concurrency", { least: 0, most: 1000, unit: "invocations" }],
  ["retries", { least: 0, most: 2, unit: "retries" }],
  ["ephemeralStorage", { least: 0.5, most: 10, unit: "GiB", fraction: true }],
];

/**
 * Finds what is wrong with `args`.
 * @param whose e.g. `function "resize"`
 * @param others arguments that the caller takes besides, e.g. a route's
 */
export function checkFunctionArgs(whose: string, args: FunctionArgs, others: readonly string[] = []): Problem[] {
  return [
    ...checkKnown(whose, args, [...known, ...others]),
    ...ranges.flatMap(([argument, range]) => checkRange(whose, argument, args[argument], range)),
    ...checkOneOf(whose, "architecture", args.architecture, ["arm64", "x64"]),
    ...checkLogRetention(whose, args.logRetention),
    ...checkEnvironment(whose, args.environment),
    ...checkEnvironmentSize(whose, args.environment),
    ...checkGrants(whose, args.grants),
    ...checkLayers(whose, args.layers),
    ...checkVpc(whose, args.vpc),
    ...checkBundle(whose, args.bundle),
  ];
}

/**
 * Finds what is wrong with the settings of a function whose caller waits for the result.
 * @param instead what to do in place of retries
 */
export function checkCalledFunctionArgs(
  whose: string,
  args: CalledFunctionArgs,
  others: readonly string[],
  instead: string,
): Problem[] {
  const { retries } = args as FunctionArgs;
  return [
    ...checkFunctionArgs(whose, args, others),
    ...(retries === undefined
      ? []
      : [
          {
            code: "ERR_ARGUMENT_UNKNOWN" as const,
            message: `${whose} was given retries, which Lambda has for events only`,
            got: `retries = ${show(retries)}`,
            fix: instead,
          },
        ]),
  ];
}

/** Checks a `grants` argument: it takes what `x.can(...)` and `grant(...)` return. */
export function checkGrants(whose: string, grants: unknown): Problem[] {
  if (!isPlain(grants)) return [];
  const entries: readonly unknown[] = Array.isArray(grants) ? grants : [grants];
  const fits = (entry: unknown): boolean => typeof entry === "object" && entry !== null && "statements" in entry;
  if (Array.isArray(grants) && entries.every(fits)) return [];
  return [
    {
      code: "ERR_ARGUMENT_TYPE",
      message: `${whose} was given grants that are none`,
      got: `grants = ${show(grants)}`,
      fix: 'list what can(...) and grant(...) return, like [bucket.can("get")]',
    },
  ];
}

function checkLayers(whose: string, layers: unknown): Problem[] {
  if (!isPlain(layers) || (Array.isArray(layers) && layers.length <= 5)) return [];
  return [
    {
      code: "ERR_ARGUMENT_RANGE",
      message: `${whose} was given layers that Lambda does not take`,
      got: `layers = ${show(layers)}`,
      fix: "use a list of at most 5 layer ARNs",
    },
  ];
}

/** Checks that the files to copy are there, and are the project's. */
function checkBundle(whose: string, bundle: unknown): Problem[] {
  if (bundle === undefined) return [];
  const { copy = [], ...rest } = (typeof bundle === "object" && bundle !== null ? bundle : { bundle }) as {
    readonly copy?: unknown;
  };
  const fix = 'list files and folders from the project\'s folder on, like { copy: ["./templates"] }';
  const refuse = (what: string, got: unknown): Problem => ({
    code: "ERR_ARGUMENT_TYPE",
    message: `${whose} was given a bundle ${what}`,
    got: `bundle = ${show(got)}`,
    fix,
  });
  if (Object.keys(rest).length > 0 || !Array.isArray(copy))
    return [refuse("that says something other than copy", bundle)];
  return copy.flatMap((each: unknown) => {
    if (typeof each !== "string") return [refuse("with something that is no path", each)];
    const file = path.resolve(each);
    if (!file.startsWith(process.cwd() + path.sep)) return [refuse("with a path outside the project", each)];
    return fs.existsSync(file) ? [] : [refuse("with a path that does not exist", each)];
  });
}

/** Lambda takes a VPC without subnets for none at all, and would run the function outside of it. */
function checkVpc(whose: string, vpc: unknown): Problem[] {
  if (!isPlain(vpc)) return [];
  const { subnetIds, securityGroupIds } = (vpc ?? {}) as { subnetIds?: unknown; securityGroupIds?: unknown };
  if ([subnetIds, securityGroupIds].every(isFilledList)) {
    // https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfig.html
    return [
      ...checkCount(whose, "subnets", subnetIds, 16, "name one for each availability zone"),
      ...checkCount(whose, "security groups", securityGroupIds, 5, "put the rules of several into one"),
    ];
  }
  return [
    {
      code: "ERR_ARGUMENT_TYPE",
      message: `${whose} was given a VPC without subnets or without security groups`,
      got: `vpc = ${show(vpc)}`,
      fix: "name at least one of each, like { subnetIds: [subnet.id], securityGroupIds: [group.id] }",
    },
  ];
}

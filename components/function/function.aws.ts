import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { checkNames, type Capability, type UsedNames } from "../shared/capabilities";
import type { Statement } from "../shared/grants";
import { isPlain } from "../shared/checks";
import { throwProblems, type Problem } from "../shared/errors";
import { checkEnvironmentSize } from "../shared/limits";
import { assumedBy, roleDocument } from "../shared/policy";
import { settings } from "../shared/settings";
import { transformed } from "../shared/transform";
import type { HandlerPackage } from "./packaging/package";
import type { FunctionArgs } from "./function.args";
import { isTask, type Closure, type Handler } from "./handler";

/** How an event reaches a handler. */
export interface FunctionWiring {
  /** The runtime function that makes Lambda's event the handler's, as `bucket/bucket-event#toBucketEvent`. */
  readonly adapter?: string;
  readonly adapterOptions?: Readonly<Record<string, unknown>>;
  /**
   * The runtime function that calls the handler itself, in place of an adapter, where an event is more than one call or
   * the result matters, as `queue/queue-event#handleMessages`. It gets the handler and the adapter's options.
   */
  readonly wrapper?: string;
  /** Code made while deploying, which the wrapper gets as its third parameter: the text of a CommonJS module. */
  readonly generated?: string;
  /** What the wiring itself needs besides the handler: permissions and variables. */
  readonly statements?: readonly Statement[];
  readonly environment?: Readonly<Record<string, pulumi.Input<string>>>;
  /** What the handler needs besides, judged by what its code names. */
  readonly refine?: (used: Pick<UsedNames, "imports">) => readonly Statement[];
  /** Whether the function is only called by who waits for its result, so that there are no events to try again. */
  readonly called?: boolean;
  /** The queue that gets events which failed after all retries. */
  readonly deadLetterArn?: pulumi.Output<string>;
  /** Looks at what the handler captures, and at its grants, for what must be refused. */
  readonly check?: (capabilities: readonly Capability[], grants: readonly Statement[]) => Problem[];
}

/** Seconds that Lambda keeps an event that it could not run yet: its own default, six hours. */
const eventAge = 21_600;

/** Makes a Lambda function with its role, policy, log group and retries. */
export function createFunction(
  name: string,
  handler: Handler<never>,
  args: FunctionArgs,
  wiring: FunctionWiring,
  parent: pulumi.Resource,
): { name: pulumi.Output<string>; arn: pulumi.Output<string> } {
  const stack = settings();
  const { transform } = args;
  const packaged = packageOnce(name, handler, args, wiring, stack.nodeVersion, parent);

  const logGroup = new aws.cloudwatch.LogGroup(
    `${name}-logs`,
    transformed(transform, "logGroup", { retentionInDays: args.logRetention ?? stack.logRetention }),
    { parent },
  );
  const role = new aws.iam.Role(
    `${name}-role`,
    transformed(transform, "role", { assumeRolePolicy: assumedBy("lambda.amazonaws.com") }),
    { parent },
  );
  const policy = new aws.iam.RolePolicy(
    `${name}-policy`,
    transformed(transform, "policy", {
      role: role.id,
      policy: pulumi.output(
        packaged.then((known) =>
          roleDocument(`handler "${name}"`, parent, [
            {
              actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
              resources: [pulumi.interpolate`${logGroup.arn}:*`],
            },
            ...serviceStatements(args, wiring),
            ...known.capabilities.flatMap(({ statements }) => statements),
            ...(wiring.refine?.(known.used) ?? []),
            ...granted(args),
          ]),
        ),
      ),
    }),
    { parent },
  );
  // A function that starts before it has its permissions would fail on its first event.
  const ready: Promise<pulumi.Input<pulumi.Resource>[]> = packaged.then((known) => [policy, ...neededBy(known)]);
  const lambda = new aws.lambda.Function(
    name,
    transformed(transform, "function", {
      role: role.arn,
      runtime: `nodejs${stack.nodeVersion}.x`,
      handler: "index.handler",
      code: pulumi.output(packaged.then((known) => known.archive)),
      sourceCodeHash: pulumi.output(packaged.then((known) => known.hash)),
      memorySize: args.memory ?? 512,
      timeout: args.timeout ?? 30,
      architectures: [
        pulumi
          .output(args.architecture ?? stack.architecture ?? "arm64")
          .apply((known) => (known === "x64" ? "x86_64" : "arm64")),
      ],
      ephemeralStorage: { size: pulumi.output(args.ephemeralStorage ?? 0.5).apply((gib) => Math.round(gib * 1024)) },
      environment: { variables: environmentOf(args, packaged, wiring, `handler "${name}"`, parent) },
      loggingConfig: { logFormat: "JSON", logGroup: logGroup.name },
      ...(args.concurrency === undefined ? {} : { reservedConcurrentExecutions: args.concurrency }),
      ...(args.vpc === undefined ? {} : { vpcConfig: args.vpc }),
      ...(args.layers === undefined ? {} : { layers: args.layers }),
      // Always sent: the provider keeps the mode that a function has where none is given.
      tracingConfig: { mode: pulumi.output(args.tracing).apply((on) => (on === true ? "Active" : "PassThrough")) },
    }),
    { parent, dependsOn: ready },
  );
  if (wiring.called !== true) createRetries(name, args, wiring, { lambda, policy }, parent);
  return { name: lambda.name, arn: lambda.arn };
}

/** Says how events are tried again which the function fails at. */
function createRetries(
  name: string,
  { transform, retries }: FunctionArgs,
  { deadLetterArn }: FunctionWiring,
  { lambda, policy }: { readonly lambda: aws.lambda.Function; readonly policy: aws.iam.RolePolicy },
  parent: pulumi.Resource,
): void {
  new aws.lambda.FunctionEventInvokeConfig(
    `${name}-retries`,
    transformed(transform, "invokeConfig", {
      functionName: lambda.name,
      maximumRetryAttempts: retries ?? 2,
      maximumEventAgeInSeconds: eventAge,
      ...(deadLetterArn === undefined ? {} : { destinationConfig: { onFailure: { destination: deadLetterArn } } }),
    }),
    { parent, dependsOn: [policy] },
  );
}

async function packageOnce(
  name: string,
  handler: Handler<never>,
  args: FunctionArgs,
  wiring: FunctionWiring,
  nodeVersion: string,
  resource: pulumi.Resource,
): Promise<HandlerPackage> {
  // Loaded when used: the bundler and the compiler cost more than all else in this library together.
  const { packageHandler } = require("./packaging/package") as typeof import("./packaging/package");
  const packaged = await packageHandler({
    whose: `handler "${name}"`,
    handler: isTask(handler) ? (handler.run as Closure<never>) : (handler as string | Closure<never>),
    ...(isTask(handler) ? { starts: true } : {}),
    adapter: wiring.adapter,
    adapterOptions: wiring.adapterOptions,
    wrapper: wiring.wrapper,
    generated: wiring.generated,
    nodeVersion,
    environment: plainEnvironment(args),
    copy: args.bundle?.copy ?? [],
  });
  const listening = { component: name, environment: wiring.environment ?? {} };
  throwProblems(checkNames(`handler "${name}"`, [listening, ...packaged.capabilities]), resource);
  throwProblems(wiring.check?.(packaged.capabilities, granted(args)) ?? [], resource);
  return packaged;
}

function granted(args: FunctionArgs): Statement[] {
  return (args.grants ?? []).flatMap((grant) => [...grant.statements]);
}

/** What the captured methods use, besides what their variables refer to. */
function neededBy({ capabilities }: HandlerPackage): pulumi.Resource[] {
  return capabilities.flatMap((capability) => [...(capability.dependsOn ?? [])]);
}

/** What Lambda itself does on the function's behalf. Network interfaces and traces know no narrower resource. */
function serviceStatements(args: FunctionArgs, wiring: FunctionWiring): pulumi.Input<Statement | undefined>[] {
  return [
    ...(wiring.statements ?? []),
    ...(wiring.deadLetterArn === undefined
      ? []
      : [{ actions: ["sqs:SendMessage"], resources: [wiring.deadLetterArn] }]),
    // https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
    ...(args.vpc === undefined
      ? []
      : [
          {
            actions: [
              "ec2:CreateNetworkInterface",
              "ec2:DescribeNetworkInterfaces",
              "ec2:DescribeSubnets",
              "ec2:DeleteNetworkInterface",
              "ec2:AssignPrivateIpAddresses",
              "ec2:UnassignPrivateIpAddresses",
            ],
            resources: ["*"],
          },
        ]),
    pulumi
      .output(args.tracing)
      .apply((on) =>
        on === true ? { actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources: ["*"] } : undefined,
      ),
  ];
}

function environmentOf(
  { environment = {} }: FunctionArgs,
  packaged: Promise<HandlerPackage>,
  wiring: FunctionWiring,
  whose: string,
  resource: pulumi.Resource,
): pulumi.Input<Environment> {
  const merged = async (given: Environment): Promise<Environment> => {
    const { capabilities } = await packaged;
    const all = {
      ...given,
      ...(Object.assign({}, ...capabilities.map((capability) => capability.environment)) as Environment),
      ...wiring.environment,
      // A stack trace then names the lines of the user's source.
      NODE_OPTIONS: nodeOptions(given["NODE_OPTIONS"]),
    };
    throwProblems(checkEnvironmentSize(whose, all), resource);
    return all;
  };
  // A promise, no output: in a preview, only those variables are unknown that are.
  return isPlain<unknown>(environment)
    ? merged(environment as Environment)
    : pulumi.output<Environment>(environment).apply(merged);
}

type Environment = Record<string, pulumi.Input<string>>;

/** The variables that are known while the program runs. */
function plainEnvironment({ environment }: FunctionArgs): Record<string, string> {
  const given = isPlain(environment) ? (environment as Environment) : {};
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => isPlain(entry[1])));
}

function nodeOptions(given: pulumi.Input<string> | undefined): pulumi.Input<string> {
  return given === undefined ? "--enable-source-maps" : pulumi.interpolate`--enable-source-maps ${given}`;
}

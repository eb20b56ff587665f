import type * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Callback } from "@pulumi/pulumi/proto/callback_pb";
import * as enginePb from "@pulumi/pulumi/proto/engine_pb";
import * as providerPb from "@pulumi/pulumi/proto/provider_pb";
import * as resourcePb from "@pulumi/pulumi/proto/resource_pb";
import { EngineError } from "../errors";
import type { Properties, RecordedResource } from "../graph/resource";
import { urnOf } from "../graph/resource";
import { aliasesOf } from "./aliases";
import { addService, answer, grpcServer, listenOnLoopback, struct } from "./grpc";
import { optionsOf, type Transformable, type Transforms } from "./transforms";
import { echoed, receive, secret, type Wire } from "./wire";

/** What the engine answers a program's questions with. */
export interface Answers {
  /** The id and outputs that a resource will have. */
  outputsOf(
    resource: Pick<RecordedResource, "urn" | "type" | "name" | "custom" | "remote" | "inputs" | "parent">,
  ): Promise<{ id: string; outputs: Properties }>;
  /** The outputs of a resource that exists already, such as another stack's; throws where they are not to be had here. */
  read(resource: ReadResource): Promise<Properties>;
  /** The result of a provider's function, e.g. `aws:ec2/getVpc:getVpc`; throws where there is none here. */
  invoke(token: string, args: Properties, program: ProgramSoFar): Properties | Promise<Properties>;
}

/** A resource that a program looks up by its id. */
export type ReadResource = Pick<RecordedResource, "urn" | "type" | "name" | "id" | "inputs" | "parent">;

/** What a program has registered by the time that it asks. */
export type ProgramSoFar = Pick<Recording, "folder" | "resources">;

/** A message that a program or the SDK logged. */
interface ProgramLog {
  readonly severity: "debug" | "info" | "warning" | "error";
  readonly message: string;
  readonly urn: string;
}

/** One run of a program, as it is recorded. */
export interface Recording {
  readonly project: string;
  readonly stack: string;
  /** The program's working directory. */
  readonly folder: string;
  readonly answers: Answers;
  readonly transforms: Transforms;
  /** By URN, in the order in which they were registered. */
  readonly resources: Map<string, RecordedResource>;
  /** What the program was answered of each resource, by URN, with its secrets and references. */
  readonly states: Map<string, { readonly id: string; readonly state: { readonly [key: string]: unknown } }>;
  readonly logs: ProgramLog[];
  /** Why the program was refused an answer, as people are to read it: the SDK puts much around it. */
  readonly refusals: EngineError[];
  /** What the program exports; undefined until it has come to its end. */
  stackOutputs: Properties | undefined;
  /** The names of the outputs that are secret. */
  secretOutputs: readonly string[];
  /** Told of every call, so that a program that hangs is told from one that works. */
  onCall(): void;
  onLog(log: ProgramLog): void;
}

const severities = ["debug", "info", "warning", "error"] as const;
const stackType = "pulumi:pulumi:Stack";

/** The features that SDKs ask for (https://github.com/pulumi/pulumi/blob/master/proto/pulumi/resource.proto). */
const supportedFeatures = new Set([
  "secrets",
  "resourceReferences",
  "outputValues",
  "aliasSpecs",
  "deletedWith",
  "replaceWith",
  "transforms",
  "invokeTransforms",
  "parameterization",
  "resourceHooks",
  "errorHooks",
]);

/** The answer to an invoke. Older SDKs name it after the provider's, which has the same fields. */
function newInvokeResponse(): resourcePb.ResourceInvokeResponse {
  const { ResourceInvokeResponse } = resourcePb as Partial<typeof resourcePb>;
  return new (ResourceInvokeResponse ?? (providerPb.InvokeResponse as typeof resourcePb.ResourceInvokeResponse))();
}

/**
 * Pulumi's resource monitor and engine (https://github.com/pulumi/pulumi/tree/master/proto), so that any program runs
 * against it as it runs under the Pulumi CLI. Nothing is created: it records what is registered.
 */
export class Monitor {
  private readonly server = grpcServer();
  private recording: Recording | undefined;
  private port = 0;

  /** Starts to listen, on loopback only. */
  public async listen(): Promise<void> {
    addService(this.server, "resource", "ResourceMonitor", this.monitorMethods());
    addService(this.server, "engine", "Engine", this.engineMethods());
    this.port = await listenOnLoopback(this.server);
  }

  public get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** What programs register from now on goes here. */
  public record(recording: Recording | undefined): void {
    this.recording = recording;
  }

  public close(): void {
    this.server.forceShutdown();
  }

  private current(): Recording {
    if (this.recording === undefined) throw new Error("no program is being recorded");
    this.recording.onCall();
    return this.recording;
  }

  private monitorMethods(): grpc.UntypedServiceImplementation {
    return {
      supportsFeature: answer((request: resourcePb.SupportsFeatureRequest) => {
        this.current();
        const response = new resourcePb.SupportsFeatureResponse();
        response.setHassupport(supportedFeatures.has(request.getId()));
        return response;
      }),
      registerResource: answer((request: resourcePb.RegisterResourceRequest) => this.register(request)),
      registerStackTransform: answer((request: Callback) => {
        this.current().transforms.addToStack(request);
        return new Empty();
      }),
      registerStackInvokeTransform: answer((request: Callback) => {
        this.current().transforms.addToInvokes(request);
        return new Empty();
      }),
      registerResourceOutputs: answer((request: resourcePb.RegisterResourceOutputsRequest) => {
        const recording = this.current();
        const wire = request.getOutputs()?.toJavaScript() ?? {};
        const { properties, secrets } = receive(wire, recording.folder);
        const found = recording.resources.get(request.getUrn());
        if (found?.type === stackType) {
          recording.stackOutputs = properties;
          recording.secretOutputs = secrets;
        } else if (found !== undefined) {
          recording.resources.set(found.urn, { ...found, outputs: properties });
          recording.states.set(found.urn, { id: found.id, state: echoed(wire, true) });
        }
        return new Empty();
      }),
      readResource: answer((request: resourcePb.ReadResourceRequest) => this.read(request)),
      invoke: answer((request: resourcePb.ResourceInvokeRequest) => this.invoke(request)),
      call: answer((request: resourcePb.ResourceCallRequest) => {
        this.current();
        throw new Error(
          `${request.getTok()} is a method of a component that a plugin makes, and no plugin runs on this machine: ` +
            "pass what it returns as configuration instead",
        );
      }),
      registerResourceHook: answer((request: resourcePb.RegisterResourceHookRequest) =>
        this.tellOfHook(request.getName()),
      ),
      registerErrorHook: answer((request: resourcePb.RegisterErrorHookRequest) => this.tellOfHook(request.getName())),
      registerPackage: answer((request: resourcePb.RegisterPackageRequest) => {
        this.current();
        const response = new resourcePb.RegisterPackageResponse();
        response.setRef(`${request.getName()}@${request.getVersion()}`);
        return response;
      }),
      signalAndWaitForShutdown: answer(() => new Empty()),
    };
  }

  private tellOfHook(name: string): Empty {
    this.current().onLog({ severity: "warning", message: `hook ${name} does not run here`, urn: "" });
    return new Empty();
  }

  /** Answers a provider's function, or with the state of a resource that the program has registered. */
  private async invoke(request: resourcePb.ResourceInvokeRequest): Promise<resourcePb.ResourceInvokeResponse> {
    const recording = this.current();
    const response = newInvokeResponse();
    const token = request.getTok();
    try {
      const wire = await recording.transforms.runInvoke(token, request.getArgs()?.toJavaScript() ?? {});
      const { properties } = receive(wire, recording.folder);
      response.setReturn(
        struct(
          token === "pulumi:pulumi:getResource"
            ? stateOf(recording, properties)
            : await noted(recording, () => recording.answers.invoke(token, properties, recording)),
        ),
      );
    } catch (error) {
      const failure = new providerPb.CheckFailure();
      failure.setReason(error instanceof Error ? error.message : String(error));
      response.addFailures(failure);
    }
    return response;
  }

  /** Answers with a resource that exists already: it is known by its id, which is its name for those that have one. */
  private async read(request: resourcePb.ReadResourceRequest): Promise<resourcePb.ReadResourceResponse> {
    const recording = this.current();
    const { project, stack, folder, answers } = recording;
    const parent = request.getParent() || undefined;
    const [type, name, id] = [request.getType(), request.getName(), request.getId()];
    const urn = urnOf(project, stack, type, name, parent);
    const wire = request.getProperties()?.toJavaScript() ?? {};
    const { properties } = receive(wire, folder);
    const outputs = await noted(recording, () => answers.read({ urn, type, name, parent, id, inputs: properties }));
    const state = { ...echoed(wire), ...outputs };
    recording.states.set(urn, { id, state });
    const response = new resourcePb.ReadResourceResponse();
    response.setUrn(urn);
    response.setProperties(struct(state));
    return response;
  }

  private engineMethods(): grpc.UntypedServiceImplementation {
    return {
      log: answer((request: enginePb.LogRequest) => {
        const recording = this.current();
        const log: ProgramLog = {
          severity: severities[request.getSeverity()] ?? "info",
          message: request.getMessage(),
          urn: request.getUrn(),
        };
        if (log.severity !== "debug") recording.logs.push(log);
        recording.onLog(log);
        return new Empty();
      }),
      setRootResource: answer(() => new enginePb.SetRootResourceResponse()),
      getRootResource: answer(() => new enginePb.GetRootResourceResponse()),
    };
  }

  private async register(request: resourcePb.RegisterResourceRequest): Promise<resourcePb.RegisterResourceResponse> {
    const recording = this.current();
    const parent = request.getParent() === "" ? undefined : request.getParent();
    const type = request.getType();
    const name = request.getName();
    const urn = urnOf(recording.project, recording.stack, type, name, parent);
    const transformed = await transform(recording.transforms, urn, request);
    const { properties: wire, options } = transformed;
    const { properties, secrets } = receive(wire, recording.folder);
    const identity = { urn, type, name, custom: request.getCustom(), remote: request.getRemote(), parent };
    const { id, outputs } = await noted(
      recording,
      () => recording.answers.outputsOf({ ...identity, inputs: properties }),
      `${name} (${type})`,
    );
    if (recording.resources.has(urn)) {
      throw new Error(`Duplicate resource URN '${urn}'; try giving it a unique name`);
    }
    const secretOutputs = options.getAdditionalSecretOutputsList();
    recording.resources.set(urn, {
      ...identity,
      id,
      inputs: properties,
      outputs: { ...properties, ...outputs },
      options: {
        protect: options.getProtect() ?? false,
        dependsOn: [...options.getDependsOnList()].sort(),
        aliases: aliasesOf(request, options.getAliasesList(), recording.project, recording.stack),
        ignoreChanges: [...options.getIgnoreChangesList()],
        provider: options.getProvider(),
        secrets: [...new Set([...secrets, ...secretOutputs])].sort(),
      },
    });
    // The inputs as they came, so that secrets stay secret.
    const state: { [key: string]: unknown } = { ...echoed(wire, !identity.custom), ...outputs };
    for (const key of secretOutputs) if (state[key] !== undefined) state[key] = secret(state[key] as Wire);
    recording.states.set(urn, { id, state });
    const response = new resourcePb.RegisterResourceResponse();
    response.setUrn(urn);
    response.setId(id);
    response.setObject(struct(state));
    response.setResult(resourcePb.Result.SUCCESS);
    return response;
  }
}

/**
 * Gives an answer, and notes why there is none.
 * @param which the resource that it is about
 */
async function noted<T>({ refusals }: Recording, answers: () => T | Promise<T>, which?: string): Promise<T> {
  try {
    return await answers();
  } catch (error) {
    const refusal =
      error instanceof EngineError || which === undefined
        ? error
        : new EngineError("ERR_RESOURCE_FAILED", `${which} is refused: ${messageOf(error)}`, "correct its arguments");
    if (refusal instanceof EngineError) refusals.push(refusal);
    throw refusal;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What `pulumi:pulumi:getResource` is answered: the state of a resource of this run, by its URN. */
function stateOf({ states }: Recording, args: Properties): object {
  const urn = String(args["urn"]);
  const found = states.get(urn);
  if (found === undefined) throw new Error(`unknown resource ${urn}`);
  return { urn, id: found.id, state: found.state };
}

/** A registration after the program's transforms; most have none. */
async function transform(
  transforms: Transforms,
  urn: string,
  request: resourcePb.RegisterResourceRequest,
): Promise<Transformable> {
  const own = request.getTransformsList();
  const parent = request.getParent();
  transforms.addToResource(urn, parent, own);
  const registration = { properties: request.getObject()?.toJavaScript() ?? {}, options: optionsOf(request) };
  const resource = { type: request.getType(), name: request.getName(), custom: request.getCustom(), parent };
  return transforms.run(resource, own, registration);
}

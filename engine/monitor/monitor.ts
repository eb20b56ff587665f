import type * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Callback } from "@pulumi/pulumi/proto/callback_pb";
import * as enginePb from "@pulumi/pulumi/proto/engine_pb";
import * as providerPb from "@pulumi/pulumi/proto/provider_pb";
import * as resourcePb from "@pulumi/pulumi/proto/resource_pb";
import type { Properties, RecordedResource } from "../graph/resource";
import { urnOf } from "../graph/resource";
import { aliasesOf } from "./aliases";
import { addService, answer, grpcServer, listenOnLoopback, struct } from "./grpc";
import type { Transformable, Transforms } from "./transforms";
import { receive } from "./wire";

/** What the engine answers a program's questions with. */
export interface Answers {
  /** The id and outputs that a resource will have. */
  outputsOf(
    resource: Pick<RecordedResource, "urn" | "type" | "name" | "custom" | "remote" | "inputs" | "parent">,
  ): Promise<{ id: string; outputs: Properties }>;
  /** The result of a provider's function, e.g. `aws:ec2/getVpc:getVpc`; throws where there is none here. */
  invoke(token: string, args: Properties): Properties;
}

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
  readonly logs: ProgramLog[];
  /** What the program exports; undefined until it has come to its end. */
  stackOutputs: Properties | undefined;
  /** Told of every call, so that a program that hangs is told from one that works. */
  onCall(): void;
  onLog(log: ProgramLog): void;
}

const severities = ["debug", "info", "warning", "error"] as const;
const stackType = "pulumi:pulumi:Stack";

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
        const supported = ["secrets", "resourceReferences", "outputValues", "aliasSpecs", "deletedWith", "transforms"];
        const response = new resourcePb.SupportsFeatureResponse();
        response.setHassupport(supported.includes(request.getId()));
        return response;
      }),
      registerResource: answer((request: resourcePb.RegisterResourceRequest) => this.register(request)),
      registerStackTransform: answer((request: Callback) => {
        this.current().transforms.addToStack(request);
        return new Empty();
      }),
      registerResourceOutputs: answer((request: resourcePb.RegisterResourceOutputsRequest) => {
        const recording = this.current();
        const { properties } = receive(request.getOutputs()?.toJavaScript() ?? {}, recording.folder);
        const found = recording.resources.get(request.getUrn());
        if (found?.type === stackType) recording.stackOutputs = properties;
        else if (found !== undefined) recording.resources.set(found.urn, { ...found, outputs: properties });
        return new Empty();
      }),
      readResource: answer(async (request: resourcePb.ReadResourceRequest) => {
        const recording = this.current();
        const response = new resourcePb.ReadResourceResponse();
        const { project, stack, folder, answers } = recording;
        const parent = request.getParent() || undefined;
        const [type, name, id] = [request.getType(), request.getName(), request.getId()];
        const urn = urnOf(project, stack, type, name, parent);
        const { properties } = receive(request.getProperties()?.toJavaScript() ?? {}, folder);
        // An existing resource is known by its id, which is its name for those that have one.
        const inputs = { name: id, bucket: id, ...properties };
        const { outputs } = await answers.outputsOf({ urn, type, name, parent, custom: true, remote: false, inputs });
        response.setUrn(urn);
        response.setProperties(struct({ ...inputs, ...outputs }));
        return response;
      }),
      invoke: answer((request: resourcePb.ResourceInvokeRequest) => {
        const recording = this.current();
        const response = newInvokeResponse();
        const { properties } = receive(request.getArgs()?.toJavaScript() ?? {}, recording.folder);
        try {
          response.setReturn(struct(recording.answers.invoke(request.getTok(), properties)));
        } catch (error) {
          const failure = new providerPb.CheckFailure();
          failure.setReason(error instanceof Error ? error.message : String(error));
          response.addFailures(failure);
        }
        return response;
      }),
      signalAndWaitForShutdown: answer(() => new Empty()),
    };
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
    const wire = transformed.properties;
    const { properties, secrets } = receive(wire, recording.folder);
    const identity = { urn, type, name, custom: request.getCustom(), remote: request.getRemote(), parent };
    const { id, outputs } = await recording.answers.outputsOf({ ...identity, inputs: properties });
    if (recording.resources.has(urn)) {
      throw new Error(`Duplicate resource URN '${urn}'; try giving it a unique name`);
    }
    recording.resources.set(urn, {
      ...identity,
      id,
      inputs: properties,
      outputs: { ...properties, ...outputs },
      options: {
        protect: transformed.protect,
        dependsOn: [...transformed.dependsOn].sort(),
        aliases: aliasesOf(request, recording.project, recording.stack),
        ignoreChanges: [...transformed.ignoreChanges],
        provider: request.getProvider(),
        secrets,
      },
    });
    const response = new resourcePb.RegisterResourceResponse();
    response.setUrn(urn);
    response.setId(id);
    // The inputs as they came, so that secrets stay secret.
    response.setObject(struct({ ...wire, ...outputs }));
    response.setResult(resourcePb.Result.SUCCESS);
    return response;
  }
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
  const registration = {
    properties: request.getObject()?.toJavaScript() ?? {},
    protect: request.getProtect() ?? false,
    dependsOn: request.getDependenciesList(),
    ignoreChanges: request.getIgnorechangesList(),
  };
  const resource = { type: request.getType(), name: request.getName(), custom: request.getCustom(), parent };
  return transforms.run(resource, own, registration);
}

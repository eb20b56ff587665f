import * as grpc from "@grpc/grpc-js";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { CallbackInvokeRequest, type Callback, type CallbackInvokeResponse } from "@pulumi/pulumi/proto/callback_pb";
import {
  TransformInvokeRequest,
  TransformInvokeResponse,
  TransformRequest,
  TransformResourceOptions,
  TransformResponse,
  type RegisterResourceRequest,
} from "@pulumi/pulumi/proto/resource_pb";

/** The parts of a registration that a transform may change. */
export interface Transformable {
  readonly properties: { readonly [key: string]: unknown };
  readonly options: TransformResourceOptions;
}

/** A registration as transforms see it. */
export interface TransformedResource {
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  readonly parent: string;
}

type CallbacksClient = grpc.Client & {
  invoke(
    request: CallbackInvokeRequest,
    reply: (error: grpc.ServiceError | null, response: CallbackInvokeResponse) => void,
  ): void;
};

/**
 * Runs the transforms of a program (the option `transforms`, `registerStackTransform`): functions that live in the
 * program's process and are called back over gRPC (https://www.pulumi.com/docs/iac/concepts/resources/options/transforms/).
 */
export class Transforms {
  private readonly clients = new Map<string, CallbacksClient>();
  private readonly ofResource = new Map<string, { readonly parent: string; readonly callbacks: readonly Callback[] }>();
  private readonly ofStack: Callback[] = [];
  private readonly ofInvokes: Callback[] = [];

  public addToStack(callback: Callback): void {
    this.ofStack.push(callback);
  }

  /** Adds a transform of what providers' functions are asked (`registerInvokeTransform`). */
  public addToInvokes(callback: Callback): void {
    this.ofInvokes.push(callback);
  }

  /** Remembers a resource's own transforms, which its descendants go through as well. */
  public addToResource(urn: string, parent: string, callbacks: readonly Callback[]): void {
    this.ofResource.set(urn, { parent, callbacks });
  }

  /** Changes a registration as its own transforms, then its ancestors', then the stack's say. */
  public async run(
    resource: TransformedResource,
    own: readonly Callback[],
    registration: Transformable,
  ): Promise<Transformable> {
    let current = registration;
    for (const callback of [...own, ...this.ancestors(resource.parent), ...this.ofStack]) {
      current = await this.transform(callback, resource, current);
    }
    return current;
  }

  /** Changes the arguments of a provider's function as the stack's invoke transforms say. */
  public async runInvoke(
    token: string,
    args: { readonly [key: string]: unknown },
  ): Promise<{ readonly [key: string]: unknown }> {
    let current = args;
    for (const callback of this.ofInvokes) {
      const request = new TransformInvokeRequest();
      request.setToken(token);
      request.setArgs(structOf(current));
      const response = TransformInvokeResponse.deserializeBinary(await this.call(callback, request.serializeBinary()));
      current = response.getArgs()?.toJavaScript() ?? current;
    }
    return current;
  }

  public close(): void {
    for (const client of this.clients.values()) client.close();
  }

  private *ancestors(urn: string): Iterable<Callback> {
    for (let found = this.ofResource.get(urn); found !== undefined; found = this.ofResource.get(found.parent)) {
      yield* found.callbacks;
    }
  }

  private async transform(
    callback: Callback,
    resource: TransformedResource,
    current: Transformable,
  ): Promise<Transformable> {
    const request = new TransformRequest();
    request.setType(resource.type);
    request.setName(resource.name);
    request.setCustom(resource.custom);
    request.setParent(resource.parent);
    request.setProperties(structOf(current.properties));
    request.setOptions(current.options);
    const response = TransformResponse.deserializeBinary(await this.call(callback, request.serializeBinary()));
    return {
      properties: response.getProperties()?.toJavaScript() ?? current.properties,
      options: response.getOptions() ?? current.options,
    };
  }

  private async call(callback: Callback, request: Uint8Array): Promise<Uint8Array> {
    const invocation = new CallbackInvokeRequest();
    invocation.setToken(callback.getToken());
    invocation.setRequest(request);
    const reply = await new Promise<CallbackInvokeResponse>((resolve, reject) => {
      this.client(callback.getTarget()).invoke(invocation, (error, response) =>
        error === null ? resolve(response) : reject(new Error(error.details)),
      );
    });
    return reply.getResponse_asU8();
  }

  private client(target: string): CallbacksClient {
    const found = this.clients.get(target);
    if (found !== undefined) return found;
    const { CallbacksClient: Client } = require("@pulumi/pulumi/proto/callback_grpc_pb") as {
      CallbacksClient: new (target: string, credentials: grpc.ChannelCredentials) => CallbacksClient;
    };
    const client = new Client(target, grpc.credentials.createInsecure());
    this.clients.set(target, client);
    return client;
  }
}

/** The options of a registration, as transforms see and change them. */
export function optionsOf(request: RegisterResourceRequest): TransformResourceOptions {
  const options = new TransformResourceOptions();
  options.setDependsOnList(request.getDependenciesList());
  options.setProtect(request.getProtect() ?? false);
  options.setIgnoreChangesList(request.getIgnorechangesList());
  options.setReplaceOnChangesList(request.getReplaceonchangesList());
  options.setVersion(request.getVersion());
  options.setAliasesList(request.getAliasesList());
  options.setProvider(request.getProvider());
  options.setCustomTimeouts(request.getCustomtimeouts());
  options.setPluginDownloadUrl(request.getPlugindownloadurl());
  options.setRetainOnDelete(request.getRetainondelete() ?? false);
  options.setDeletedWith(request.getDeletedwith());
  if (request.getDeletebeforereplacedefined()) options.setDeleteBeforeReplace(request.getDeletebeforereplace());
  options.setAdditionalSecretOutputsList(request.getAdditionalsecretoutputsList());
  for (const [name, provider] of request.getProvidersMap().entries()) options.getProvidersMap().set(name, provider);
  return options;
}

function structOf(properties: { readonly [key: string]: unknown }): Struct {
  return Struct.fromJavaScript(properties as { [key: string]: JavaScriptValue });
}

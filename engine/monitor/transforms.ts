import * as grpc from "@grpc/grpc-js";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { CallbackInvokeRequest, type Callback, type CallbackInvokeResponse } from "@pulumi/pulumi/proto/callback_pb";
import { TransformRequest, TransformResourceOptions, TransformResponse } from "@pulumi/pulumi/proto/resource_pb";

/** The parts of a registration that a transform may change. */
export interface Transformable {
  readonly properties: { readonly [key: string]: unknown };
  readonly protect: boolean;
  readonly dependsOn: readonly string[];
  readonly ignoreChanges: readonly string[];
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

  public addToStack(callback: Callback): void {
    this.ofStack.push(callback);
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
      current = await this.call(callback, resource, current);
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

  private async call(
    callback: Callback,
    resource: TransformedResource,
    current: Transformable,
  ): Promise<Transformable> {
    const options = new TransformResourceOptions();
    options.setProtect(current.protect);
    options.setDependsOnList([...current.dependsOn]);
    options.setIgnoreChangesList([...current.ignoreChanges]);
    const request = new TransformRequest();
    request.setType(resource.type);
    request.setName(resource.name);
    request.setCustom(resource.custom);
    request.setParent(resource.parent);
    request.setProperties(Struct.fromJavaScript(current.properties as { [key: string]: JavaScriptValue }));
    request.setOptions(options);
    const invocation = new CallbackInvokeRequest();
    invocation.setToken(callback.getToken());
    invocation.setRequest(request.serializeBinary());
    const reply = await new Promise<CallbackInvokeResponse>((resolve, reject) => {
      this.client(callback.getTarget()).invoke(invocation, (error, response) =>
        error === null ? resolve(response) : reject(new Error(error.details)),
      );
    });
    const response = TransformResponse.deserializeBinary(reply.getResponse_asU8());
    const changed = response.getOptions();
    return {
      properties: response.getProperties()?.toJavaScript() ?? current.properties,
      protect: changed?.getProtect() ?? current.protect,
      dependsOn: changed?.getDependsOnList() ?? current.dependsOn,
      ignoreChanges: changed?.getIgnoreChangesList() ?? current.ignoreChanges,
    };
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

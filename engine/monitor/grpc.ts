import * as grpc from "@grpc/grpc-js";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";

/** Pulumi's services, as its protocol names them. */
type ServiceName = "ResourceMonitor" | "Engine" | "ResourceProvider" | "LanguageRuntime";

const stubs: Readonly<Record<ServiceName, string>> = {
  ResourceMonitor: "resource_grpc_pb",
  Engine: "engine_grpc_pb",
  ResourceProvider: "provider_grpc_pb",
  LanguageRuntime: "language_grpc_pb",
};

type Call<Request> = grpc.ServerUnaryCall<Request, unknown>;
type Reply<Response> = grpc.sendUnaryData<Response>;

/** What a service offers. Only the generated stubs know it; their types are not published for all of them. */
export function serviceDefinition(name: ServiceName): grpc.ServiceDefinition {
  const module = require(`@pulumi/pulumi/proto/${stubs[name]}`) as Record<string, grpc.ServiceDefinition | undefined>;
  const definition = module[`${name}Service`];
  if (definition === undefined) throw new Error("@pulumi/pulumi no longer ships the stubs of its protocol");
  return definition;
}

/** A server for messages as large as Pulumi's own may be. */
export function grpcServer(): grpc.Server {
  return new grpc.Server({ "grpc.max_receive_message_length": 400 * 1024 * 1024 });
}

/** Listens on 127.0.0.1 only, at any free port, which it gives. */
export function listenOnLoopback(server: grpc.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}

export function struct(properties: object): Struct {
  return Struct.fromJavaScript(properties as { [key: string]: JavaScriptValue });
}

/** A method that answers with what a function gives, and with its error's message where it throws. */
export function answer<Request, Response>(method: (request: Request) => Response | Promise<Response>) {
  return (call: Call<Request>, reply: Reply<Response>): void => {
    void (async () => method(call.request))().then(
      (response) => reply(null, response),
      (error: unknown) =>
        reply({ code: grpc.status.INVALID_ARGUMENT, details: error instanceof Error ? error.message : String(error) }),
    );
  };
}

/** Every other method of the protocol answers that it is not there, which SDKs know how to take. */
export function complete(
  service: grpc.ServiceDefinition,
  methods: grpc.UntypedServiceImplementation,
): grpc.UntypedServiceImplementation {
  const missing = Object.keys(service).map((name): [string, grpc.UntypedHandleCall] => [
    name,
    ((_call: Call<unknown>, reply: Reply<unknown>) =>
      reply({ code: grpc.status.UNIMPLEMENTED, details: `tandem does not support ${name}` })) as grpc.UntypedHandleCall,
  ]);
  return { ...Object.fromEntries(missing), ...methods };
}

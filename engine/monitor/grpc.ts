import * as grpc from "@grpc/grpc-js";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";

type Call<Request> = grpc.ServerUnaryCall<Request, unknown>;
type Reply<Response> = grpc.sendUnaryData<Response>;

/**
 * Serves one of Pulumi's services. Methods that are not given answer that they are not there, which SDKs know how to take.
 * @param file of the protocol, e.g. `resource`
 * @param name of the service in it, e.g. `ResourceMonitor`
 */
export function addService(
  server: grpc.Server,
  file: string,
  name: string,
  methods: grpc.UntypedServiceImplementation,
): void {
  const definition = serviceDefinition(file, name);
  const missing = Object.keys(definition).map((method): [string, grpc.UntypedHandleCall] => [
    method,
    ((_call: Call<unknown>, reply: Reply<unknown>) =>
      reply({
        code: grpc.status.UNIMPLEMENTED,
        details: `tandem does not support ${method}`,
      })) as grpc.UntypedHandleCall,
  ]);
  server.addService(definition, { ...Object.fromEntries(missing), ...methods });
}

/** What a service offers. Only the generated stubs know it; their types are not published for all of them. */
function serviceDefinition(file: string, name: string): grpc.ServiceDefinition {
  const module = require(`@pulumi/pulumi/proto/${file}_grpc_pb`) as Record<string, grpc.ServiceDefinition | undefined>;
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

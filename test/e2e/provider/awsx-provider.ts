import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import * as pluginPb from "@pulumi/pulumi/proto/plugin_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorClient } from "@pulumi/pulumi/proto/resource_grpc_pb";
import {
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
  type RegisterResourceResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import { localAccount } from "../../../engine/services/account";
import { receive } from "../../../engine/monitor/wire";
import { addService, answer, struct } from "../../../engine/monitor/grpc";
import { identify, twinOf, unknownInputs } from "../../../engine/twins";
import { unknown, type WireProperties } from "./properties";

/** A component that was made in the plugin. */
export interface Constructed {
  readonly name: string;
  /** The provider of each package that its resources are made by, as `name` of it. */
  readonly providers: Readonly<Record<string, string>>;
}

/**
 * The plugin of awsx, whose components are made in it and not in the program. Here they are without the resources that
 * awsx makes of them: the account's twins know the component as a whole.
 */
export class AwsxProvider {
  /** @param constructed by URN, all that were made in deployments: what they gave is known from then on */
  public constructor(private readonly constructed: Map<string, Constructed>) {}

  public addTo(server: grpc.Server): void {
    const { version } = require("@pulumi/awsx/package.json") as { version: string };
    const methods = {
      getPluginInfo: answer(() => new pluginPb.PluginInfo().setVersion(version)),
      checkConfig: answer((request: pb.CheckRequest) => new pb.CheckResponse().setInputs(request.getNews())),
      diffConfig: answer(() => new pb.DiffResponse().setChanges(pb.DiffResponse.DiffChanges.DIFF_NONE)),
      configure: answer(() => new pb.ConfigureResponse().setSupportspreview(true).setAcceptsecrets(true)),
      construct: answer((request: pb.ConstructRequest) => this.construct(request)),
      cancel: answer(() => new Empty()),
    };
    addService(server, "provider", "ResourceProvider", methods);
  }

  private async construct(request: pb.ConstructRequest): Promise<pb.ConstructResponse> {
    const [type, name] = [request.getType(), request.getName()];
    const inputs = receive((request.getInputs()?.toJavaScript() ?? {}) as WireProperties, "").properties;
    const unsupported = twinOf(type) === undefined ? [type] : unknownInputs({ type, inputs });
    if (unsupported.length > 0) throw new Error(`unsupported: ${unsupported.join(", ")}`);
    const monitor = new ResourceMonitorClient(request.getMonitorendpoint(), grpc.credentials.createInsecure());
    try {
      const urn = await register(monitor, request);
      const isKnown = this.constructed.has(urn) || !request.getDryrun();
      const registration = { type, name, urn, inputs, parent: undefined, custom: false };
      const { outputs } = identify(registration, localAccount);
      const state = struct(
        isKnown ? outputs : Object.fromEntries(Object.keys(outputs).map((output) => [output, unknown])),
      );
      const registered = new RegisterResourceOutputsRequest().setUrn(urn).setOutputs(state);
      await new Promise((resolve, reject) =>
        monitor.registerResourceOutputs(registered, (error, response) => (error ? reject(error) : resolve(response))),
      );
      if (!request.getDryrun()) this.constructed.set(urn, { name, providers: providersOf(request) });
      return new pb.ConstructResponse().setUrn(urn).setState(state);
    } finally {
      monitor.close();
    }
  }
}

async function register(monitor: ResourceMonitorClient, request: pb.ConstructRequest): Promise<string> {
  const component = new RegisterResourceRequest()
    .setType(request.getType())
    .setName(request.getName())
    .setParent(request.getParent())
    .setObject(request.getInputs())
    .setDependenciesList(request.getDependenciesList())
    .setAliasesList(request.getAliasesList())
    .setAliasspecs(true);
  const protect = request.getProtect();
  if (protect !== undefined) component.setProtect(protect);
  const response = await new Promise<RegisterResourceResponse>((resolve, reject) =>
    monitor.registerResource(component, (error, registered) => (error ? reject(error) : resolve(registered))),
  );
  return response.getUrn();
}

/** A reference to a provider is its URN and its id. */
function providersOf(request: pb.ConstructRequest): Record<string, string> {
  const references = request.getProvidersMap().getEntryList();
  return Object.fromEntries(
    references.map(([name, reference]) => [name, reference.split("::").slice(3, -1).join("::")]),
  );
}

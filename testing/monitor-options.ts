import type * as resourcePb from "@pulumi/pulumi/proto/resource_pb";
import type { ResourceOptions } from "../engine/graph/resource";
import { receive } from "../engine/monitor/wire";

/** A resource as it was registered with the mocks, with the options that mocks are not told. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly parent: string | undefined;
  readonly urn: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly options: ResourceOptions;
  /** For components, what they passed to `registerOutputs`. */
  outputs: Readonly<Record<string, unknown>>;
}

interface Monitor {
  registerResource(
    request: resourcePb.RegisterResourceRequest,
    callback: (error: unknown, response: unknown) => void,
  ): void;
  registerResourceOutputs(
    request: resourcePb.RegisterResourceOutputsRequest,
    callback: (...args: unknown[]) => void,
  ): void;
}

/**
 * Records every registration that reaches the mocks. Pulumi's mocks carry neither parent nor options
 * (https://github.com/pulumi/pulumi/issues/14421), but the requests behind them do.
 */
export function watchMonitor(): Registered[] {
  const { getMonitor } = require("@pulumi/pulumi/runtime/settings") as { getMonitor(): Monitor };
  const monitor = getMonitor();
  const registered: Registered[] = [];
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    const { properties, secrets } = receive(request.getObject()?.toJavaScript() ?? {}, process.cwd());
    register(request, (error, response) => {
      if (error === null || error === undefined) {
        registered.push({
          type: request.getType(),
          name: request.getName(),
          parent: request.getParent() === "" ? undefined : request.getParent(),
          urn: urnIn(response),
          inputs: properties,
          outputs: {},
          options: {
            protect: request.getProtect() ?? false,
            dependsOn: request.getDependenciesList().sort(),
            aliases: request.getAliasesList().map((alias) => alias.getUrn() || alias.getSpec()?.getName() || ""),
            ignoreChanges: request.getIgnorechangesList(),
            provider: request.getProvider(),
            secrets,
          },
        });
      }
      callback(error, response);
    });
  };
  const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
  monitor.registerResourceOutputs = (request, callback) => {
    const found = registered.find(({ urn }) => urn === request.getUrn());
    if (found !== undefined)
      found.outputs = receive(request.getOutputs()?.toJavaScript() ?? {}, process.cwd()).properties;
    registerOutputs(request, callback);
  };
  return registered;
}

function urnIn(response: unknown): string {
  const { getUrn } = response as { getUrn?: () => string };
  return typeof getUrn === "function" ? getUrn.call(response) : String((response as { urn?: string }).urn);
}

import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import type { Callback } from "@pulumi/pulumi/proto/callback_pb";
import type * as resourcePb from "@pulumi/pulumi/proto/resource_pb";
import { urnOf, type ResourceOptions } from "../engine/graph/resource";
import { aliasesOf } from "../engine/monitor/aliases";
import { optionsOf, Transforms } from "../engine/monitor/transforms";
import { echoed } from "../engine/monitor/wire";
import { receivePlain } from "./received";

/** A resource as it was registered with the mocks, with the options that mocks are not told. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  readonly parent: string | undefined;
  readonly urn: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly options: ResourceOptions;
  /** What the mocks answered; for components, what they passed to `registerOutputs`, for the stack, what the program exports. */
  outputs: Readonly<Record<string, unknown>>;
  /** The physical id that the mocks gave; empty for components, and in a preview. */
  id: string;
}

type Callbacks = (error: unknown, response?: unknown) => void;

/** Pulumi's own mock monitor, as far as it is used here. */
interface MockMonitor {
  newUrn(parent: string, type: string, name: string): string;
  registerResource(request: resourcePb.RegisterResourceRequest, callback: Callbacks): void;
  registerResourceOutputs(request: resourcePb.RegisterResourceOutputsRequest, callback: Callbacks): void;
  /** SDKs before 3.270 refuse transforms under mocks before they would call it. */
  registerStackTransform?(request: Callback, callback: Callbacks): void;
}

/** Everything that reaches the mocks. */
export interface WatchedMonitor {
  /** In the order in which they were registered. */
  readonly registered: Registered[];
  close(): void;
}

/**
 * Records every registration that reaches the mocks, and does what mocks leave out. They carry neither parent nor
 * options (https://github.com/pulumi/pulumi/issues/14421), know the type of a resource's parent but not of those above
 * it, and do not run transforms; but the requests behind them say all of it.
 */
export function watchMonitor(project: string, stack: string): WatchedMonitor {
  const { getMonitor } = require("@pulumi/pulumi/runtime/settings") as { getMonitor(): MockMonitor };
  const monitor = getMonitor();
  const registered: Registered[] = [];
  const byUrn = new Map<string, Registered>();
  const transforms = new Transforms();
  monitor.newUrn = (parent, type, name) => urnOf(project, stack, type, name, parent || undefined);

  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    const urn = monitor.newUrn(request.getParent(), request.getType(), request.getName());
    transform(transforms, urn, request).then(
      () => {
        const found = registeredAs(urn, request, project, stack);
        // Noted before it is answered: what the program does with the answer comes after it.
        const isNew = !byUrn.has(urn);
        if (!isNew) return callback(new Error(`Duplicate resource URN '${urn}'; try giving it a unique name`));
        byUrn.set(urn, found);
        registered.push(found);
        register(request, (error, response) => {
          const { getObject, getId } = (response ?? {}) as Partial<resourcePb.RegisterResourceResponse>;
          found.id = getId?.call(response) ?? "";
          if (found.custom && getObject !== undefined) {
            found.outputs = receivePlain(getObject.call(response)).properties;
          }
          callback(error, response);
        });
      },
      (error: unknown) => callback(error),
    );
  };

  const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
  monitor.registerResourceOutputs = (request, callback) => {
    const found = byUrn.get(request.getUrn());
    if (found !== undefined) {
      found.outputs = receivePlain(request.getOutputs()).properties;
    }
    registerOutputs(request, callback);
  };

  const registerStackTransform = monitor.registerStackTransform?.bind(monitor);
  monitor.registerStackTransform = (request, callback) => {
    transforms.addToStack(request);
    if (registerStackTransform === undefined) callback(null, {});
    else registerStackTransform(request, callback);
  };
  return { registered, close: () => transforms.close() };
}

/** Changes a request as the program's transforms say. */
async function transform(
  transforms: Transforms,
  urn: string,
  request: resourcePb.RegisterResourceRequest,
): Promise<void> {
  const own = request.getTransformsList();
  const parent = request.getParent();
  transforms.addToResource(urn, parent, own);
  const properties = request.getObject()?.toJavaScript() ?? {};
  const changed = await transforms.run(
    { type: request.getType(), name: request.getName(), custom: request.getCustom(), parent },
    own,
    { properties, options: optionsOf(request) },
  );
  if (changed.properties === properties) return;
  request.setObject(Struct.fromJavaScript(echoed(changed.properties, true) as { [key: string]: JavaScriptValue }));
  request.setProtect(changed.options.getProtect() ?? false);
  request.setDependenciesList(changed.options.getDependsOnList());
  request.setIgnorechangesList(changed.options.getIgnoreChangesList());
  request.setAliasesList(changed.options.getAliasesList());
}

function registeredAs(
  urn: string,
  request: resourcePb.RegisterResourceRequest,
  project: string,
  stack: string,
): Registered {
  const { properties, secrets } = receivePlain(request.getObject());
  return {
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent() || undefined,
    custom: request.getCustom(),
    urn,
    inputs: properties,
    outputs: {},
    id: "",
    options: {
      protect: request.getProtect() ?? false,
      dependsOn: request.getDependenciesList().sort(),
      aliases: aliasesOf(request, request.getAliasesList(), project, stack),
      ignoreChanges: request.getIgnorechangesList(),
      provider: request.getProvider(),
      secrets,
    },
  };
}

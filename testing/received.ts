import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Value } from "../engine/graph/resource";
import { receive } from "../engine/monitor/wire";

/** What stands in a request for a value that only a deployment knows (`runtime/rpc.js` of Pulumi's SDK). */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

type Plain = Readonly<Record<string, unknown>>;

/** What a program sent, as plain values: undefined for those that are not known in a preview. */
export function receivePlain(sent: Struct | undefined): {
  readonly properties: Plain;
  readonly secrets: readonly string[];
} {
  const { properties, secrets } = receive(sent?.toJavaScript() ?? {}, process.cwd());
  return { properties: known(properties) as Plain, secrets };
}

function known(value: Value): unknown {
  if (value === unknownValue) return undefined;
  if (Array.isArray(value)) return value.map(known);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, known(item as Value)]));
}

import { AwsError, type AwsRequest } from "../../protocol/message";

interface Shape {
  readonly to: string;
  /** `map`: numbered pairs become an object. `list`: numbered values. */
  readonly kind: "map" | "list" | "entries";
  /** What the pair's name is called. */
  readonly key?: "Name" | "Key";
}

/** The numbered parameters of the query protocol, with what they are called in the JSON protocol. */
const numbered: Readonly<Record<string, Shape>> = {
  Attribute: { to: "Attributes", kind: "map", key: "Name" },
  MessageAttribute: { to: "MessageAttributes", kind: "map", key: "Name" },
  MessageSystemAttribute: { to: "MessageSystemAttributes", kind: "map", key: "Name" },
  Tag: { to: "Tags", kind: "map", key: "Key" },
  TagKey: { to: "TagKeys", kind: "list" },
  AWSAccountId: { to: "AWSAccountIds", kind: "list" },
  ActionName: { to: "Actions", kind: "list" },
  AttributeName: { to: "AttributeNames", kind: "list" },
  MessageAttributeName: { to: "MessageAttributeNames", kind: "list" },
  MessageSystemAttributeName: { to: "MessageSystemAttributeNames", kind: "list" },
  SendMessageBatchRequestEntry: { to: "Entries", kind: "entries" },
  DeleteMessageBatchRequestEntry: { to: "Entries", kind: "entries" },
  ChangeMessageVisibilityBatchRequestEntry: { to: "Entries", kind: "entries" },
};

const lists = new Set(Object.values(numbered).flatMap(({ to, kind }) => (kind === "map" ? [] : [to])));

const numbers = new Set([
  ...["DelaySeconds", "VisibilityTimeout", "MaxNumberOfMessages", "WaitTimeSeconds", "MaxResults"],
  "MaxNumberOfMessagesPerSecond",
]);

interface Tree {
  readonly [name: string]: string | Tree;
}

/**
 * Reads a request of the query protocol (a form, or a query, such as `Attribute.1.Name=…`) into the values of the JSON
 * protocol. An action on a queue may be sent to the queue's own address.
 */
export function readQuery(request: AwsRequest, body: string): { action: string; values: Record<string, unknown> } {
  const parameters = new URLSearchParams(body);
  for (const [name, value] of request.query) if (!parameters.has(name)) parameters.append(name, value);
  const action = parameters.get("Action");
  if (action === null) throw new AwsError("MissingAction", "The request must contain the parameter Action.");
  const values = structured(treeOf(parameters));
  if (values["QueueUrl"] === undefined && /^\/\d{12}\/[\w.-]+\/?$/.test(request.rawPath))
    values["QueueUrl"] = request.endpoint + request.rawPath;
  return { action, values };
}

function treeOf(parameters: URLSearchParams): Tree {
  const root: Record<string, string | Tree> = Object.create(null) as Record<string, string | Tree>;
  for (const [name, value] of parameters) {
    const path = name.split(".");
    const last = path.pop() ?? "";
    let place = root;
    for (const part of path) {
      const next = place[part];
      const inner = typeof next === "object" ? next : (Object.create(null) as Tree);
      place[part] = inner;
      place = inner as Record<string, string | Tree>;
    }
    place[last] = value;
  }
  return root;
}

function structured(tree: Tree): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(tree)) {
    const shape = numbered[name];
    // A list without items is sent as its name alone.
    if (value === "" && lists.has(name)) values[name] = [];
    else if (typeof value === "string") values[name] = numbers.has(name) ? numberOf(name, value) : value;
    else if (shape === undefined) values[name] = structured(value);
    else values[shape.to] = listed(value, shape);
  }
  return values;
}

function listed(tree: Tree, { kind, key = "Name" }: Shape): unknown {
  const items = Object.entries(tree)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, item]) => item);
  if (kind === "list") return items;
  const objects = items.map((item) => (typeof item === "string" ? {} : structured(item)));
  if (kind === "entries") return objects;
  return Object.fromEntries(objects.map((item) => [String(item[key] ?? ""), item["Value"] ?? ""]));
}

function numberOf(name: string, value: string): number {
  if (/^-?\d{1,15}$/.test(value)) return Number(value);
  throw new AwsError(
    "InvalidParameterValue",
    `Value ${value} for parameter ${name} is invalid. Reason: Must be an integer.`,
  );
}

import * as sqs from "@aws-sdk/client-sqs";
import { XMLParser } from "fast-xml-parser";
import { request } from "node:http";

/** What an action came to, in the words of the JSON protocol. */
export type Outcome =
  | { readonly result: Record<string, unknown>; readonly error?: undefined }
  | { readonly error: string; readonly message: string; readonly result?: undefined };

/** Something that speaks to SQS: an SDK, or a plain HTTP client. */
export interface QueueClient {
  call(action: string, input: object): Promise<Outcome>;
  close(): void;
}

export interface ClientOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** The JavaScript SDK, which checks the digests of what it sends and gets. Binary values are given in base64. */
export function sdkClient(options: ClientOptions): QueueClient {
  const client = new sqs.SQSClient({ ...options, maxAttempts: 1 });
  const commands = sqs as unknown as Record<string, new (input: object) => sqs.SendMessageCommand>;
  return {
    async call(action, input) {
      const command = commands[`${action}Command`];
      if (command === undefined) throw new Error(`the SDK has no ${action}`);
      try {
        const answer = (await client.send(new command(withBytes(input)))) as object;
        return { result: plain({ ...answer, $metadata: undefined }) };
      } catch (error) {
        // Older names for errors are in the code, for all SDKs alike.
        const { Code, name, message } = error as { Code?: string; name: string; message: string };
        return { error: Code ?? name, message };
      }
    },
    close: () => client.destroy(),
  };
}

/** The query protocol by hand: a form goes out, XML comes back. */
export function queryClient({ endpoint }: ClientOptions): QueueClient {
  return {
    async call(action, input) {
      const form = new URLSearchParams({ Action: action, Version: "2012-11-05" });
      flatten(input, form);
      const { status, body } = await post(endpoint, form.toString());
      const document = parser.parse(body) as Record<string, Record<string, unknown>>;
      const failure = document["ErrorResponse"]?.["Error"] as { Code: string; Message: string } | undefined;
      if (failure !== undefined) return { error: failure.Code, message: failure.Message };
      if (status !== 200) throw new Error(body);
      const result = document[`${action}Response`]?.[`${action}Result`];
      return { result: structured(result, action.startsWith("List") ? { ...lists, QueueUrl: "QueueUrls" } : lists) };
    },
    close: () => undefined,
  };
}

/** Posts a form to a path of the endpoint. */
export function post(url: string, body: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const sent = request(url, { method: "POST", headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: text }));
    });
    sent.on("error", reject).end(body);
  });
}

const parser = new XMLParser({ parseTagValue: false, trimValues: false, processEntities: true, htmlEntities: true });

const flatNames: Readonly<Record<string, string>> = {
  AttributeNames: "AttributeName",
  MessageAttributeNames: "MessageAttributeName",
  MessageSystemAttributeNames: "MessageSystemAttributeName",
  TagKeys: "TagKey",
  AWSAccountIds: "AWSAccountId",
  Actions: "ActionName",
  Attributes: "Attribute",
  MessageAttributes: "MessageAttribute",
  MessageSystemAttributes: "MessageSystemAttribute",
  Tags: "Tag",
  tags: "Tag",
};

function flatten(input: object, form: URLSearchParams, prefix = ""): void {
  for (const [name, value] of Object.entries(input) as [string, unknown][]) {
    const at = prefix + name;
    if (Array.isArray(value)) {
      const flat = name === "Entries" ? `${form.get("Action") ?? ""}RequestEntry` : (flatNames[name] ?? name);
      value.forEach((item: unknown, index) => {
        if (typeof item === "object" && item !== null) flatten(item, form, `${prefix}${flat}.${index + 1}.`);
        else form.append(`${prefix}${flat}.${index + 1}`, String(item));
      });
    } else if (typeof value === "object" && value !== null) {
      const flat = flatNames[name];
      if (flat === undefined) flatten(value, form, `${at}.`);
      else {
        Object.entries(value as object).forEach(([key, inner]: [string, unknown], index) => {
          const place = `${prefix}${flat}.${index + 1}.`;
          form.append(`${place}${flat === "Tag" ? "Key" : "Name"}`, key);
          if (typeof inner === "object" && inner !== null) flatten(inner, form, `${place}Value.`);
          else form.append(`${place}Value`, String(inner));
        });
      }
    } else form.append(at, String(value));
  }
}

const lists: Readonly<Record<string, string>> = {
  Message: "Messages",
  SendMessageBatchResultEntry: "Successful",
  DeleteMessageBatchResultEntry: "Successful",
  ChangeMessageVisibilityBatchResultEntry: "Successful",
  BatchResultErrorEntry: "Failed",
  ListMessageMoveTasksResultEntry: "Results",
};
const maps: Readonly<Record<string, string>> = {
  Attribute: "Attributes",
  MessageAttribute: "MessageAttributes",
  Tag: "Tags",
};

function structured(xml: unknown, listed = lists): Record<string, unknown> {
  if (typeof xml !== "object" || xml === null) return {};
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(xml) as [string, unknown][]) {
    const items = (Array.isArray(value) ? value : [value]) as unknown[];
    const inner = (item: unknown): unknown => (typeof item === "object" ? structured(item) : item);
    const map = maps[name];
    const list = listed[name];
    if (map !== undefined) {
      const pairs = items as Record<string, unknown>[];
      result[map] = Object.fromEntries(
        pairs.map((pair) => [String(pair["Name"] ?? pair["Key"]), inner(pair["Value"])]),
      );
    } else if (list !== undefined) result[list] = items.map(inner);
    else result[name] = inner(value);
  }
  return result;
}

function withBytes(input: object): object {
  return JSON.parse(JSON.stringify(input), (name, value: unknown) =>
    name === "BinaryValue" && typeof value === "string" ? new Uint8Array(Buffer.from(value, "base64")) : value,
  ) as object;
}

function plain(answer: object): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(answer, (_name, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value,
    ),
  ) as Record<string, unknown>;
}

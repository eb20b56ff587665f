import type { AwsResponse } from "../../protocol/message";
import { escapeXml } from "../../protocol/query-error";

/** What lists and maps of the JSON protocol are called in XML, where each item is an element of its own. */
const elements: Readonly<Record<string, { readonly as: string; readonly key?: "Name" | "Key" }>> = {
  QueueUrls: { as: "QueueUrl" },
  queueUrls: { as: "QueueUrl" },
  Messages: { as: "Message" },
  Attributes: { as: "Attribute", key: "Name" },
  MessageAttributes: { as: "MessageAttribute", key: "Name" },
  Tags: { as: "Tag", key: "Key" },
  Failed: { as: "BatchResultErrorEntry" },
  Results: { as: "ListMessageMoveTasksResultEntry" },
};

const contentType = "text/xml";
/** The namespace of SQS's documents. */
export const namespace = "http://queue.amazonaws.com/doc/2012-11-05/";

/** A result as the query protocol has it. */
export function queryAnswer(action: string, result: object, requestId: string): AwsResponse {
  const inner = Object.entries(result)
    .map(([name, value]) => render(name, value, action))
    .join("");
  const body =
    `<?xml version="1.0"?><${action}Response xmlns="${namespace}"><${action}Result>${inner}</${action}Result>` +
    `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`;
  return { status: 200, headers: { "content-type": contentType }, body };
}

function render(name: string, value: unknown, action: string): string {
  if (value === undefined) return "";
  if (name === "Successful") return renderItems(value, `${action}ResultEntry`, action);
  const element = elements[name];
  if (element?.key !== undefined) {
    const { as, key } = element;
    return Object.entries(value as object)
      .map(([each, inner]) => `<${as}>${render(key, each, action)}${render("Value", inner, action)}</${as}>`)
      .join("");
  }
  if (element !== undefined) return renderItems(value, element.as, action);
  if (typeof value !== "object" || value === null) return `<${name}>${escapeXml(String(value))}</${name}>`;
  return `<${name}>${renderFields(value, action)}</${name}>`;
}

function renderItems(value: unknown, as: string, action: string): string {
  return (value as readonly unknown[])
    .map((item) => {
      const inner = typeof item === "object" && item !== null ? renderFields(item, action) : escapeXml(String(item));
      return `<${as}>${inner}</${as}>`;
    })
    .join("");
}

function renderFields(value: object, action: string): string {
  return Object.entries(value)
    .map(([name, inner]) => render(name, inner, action))
    .join("");
}

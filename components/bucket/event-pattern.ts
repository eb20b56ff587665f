import type { KeyFilter } from "./bucket-event.runtime";

/** The EventBridge pattern for a bucket's events with certain keys. */
export function eventPattern(id: string, type: "put" | "delete", filter: KeyFilter): string {
  const { keyPrefix: prefix, keySuffix: suffix } = filter;
  const literal = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("*", "\\*");
  const key =
    prefix !== undefined && suffix !== undefined
      ? [{ wildcard: `${literal(prefix)}*${literal(suffix)}` }]
      : prefix !== undefined
        ? [{ prefix }]
        : suffix !== undefined
          ? [{ suffix }]
          : undefined;
  return JSON.stringify({
    source: ["aws.s3"],
    "detail-type": [type === "put" ? "Object Created" : "Object Deleted"],
    detail: { bucket: { name: [id] }, ...(key === undefined ? {} : { object: { key } }) },
  });
}

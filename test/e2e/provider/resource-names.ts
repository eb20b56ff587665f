import { createHash } from "node:crypto";
import { twinOf } from "../../../engine/twins";
import type { WireProperties } from "./properties";

/** The input that gets a name of Pulumi's making; undefined for types that have none. */
function nameInput(type: string): string | undefined {
  if (type === "aws:s3/bucket:Bucket") return "bucket";
  if (type.startsWith("aws:apigatewayv2/stage") || type.startsWith("aws:route53/")) return undefined;
  return type.startsWith("aws:") && twinOf(type)?.inputs["name"] === true ? "name" : undefined;
}

/** Whether a resource that is replaced has the same name before and after, because somebody gave it. */
export function keepsGivenName(type: string, oldInputs: WireProperties, news: WireProperties): boolean {
  const input = nameInput(type);
  const made = (news["__defaults"] ?? []) as readonly string[];
  return input !== undefined && !made.includes(input) && oldInputs[input] === news[input];
}

/** Names as Pulumi does: the resource's own, and seven characters that are kept from then on. */
export function named(
  type: string,
  name: string,
  olds: WireProperties,
  news: WireProperties,
  seed: Uint8Array,
): WireProperties {
  const input = nameInput(type);
  if (input === undefined || news[input] !== undefined) return { ...news, __defaults: [] };
  const wasMade = ((olds["__defaults"] ?? []) as readonly string[]).includes(input);
  const suffix = createHash("sha256").update(seed).update(name).digest("hex").slice(0, 7);
  const made = `${name}-${suffix}${news["fifoQueue"] === true ? ".fifo" : ""}`;
  const value = wasMade ? (olds[input] ?? made) : input === "bucket" ? made.toLowerCase() : made;
  return { ...news, [input]: value, __defaults: [input] };
}

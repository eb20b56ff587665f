import { archiveFile } from "../answers/archive-file";
import { fingerprint } from "../graph/property-changes";
import type { Registration } from "../graph/resource";
import { bytesOf, type KeptResources } from "./kept-resources";
import { randomMakers } from "./random";
import { timeMakers } from "./time";
import { tlsMakers } from "./tls";

const makers = { ...randomMakers, ...timeMakers, ...tlsMakers };

/** Whether a resource is made by this machine as its provider makes it, and has no part in what runs. */
export function isUtility(type: string): boolean {
  return makers[type] !== undefined || type === "archive:index/file:File" || type === "null:index/resource:Resource";
}

/**
 * Makes a resource of a utility provider, such as `random`, or finds the one that an earlier run has made.
 * @param folder what relative paths start from
 * @returns undefined for a resource of another provider
 */
export function madeResource(
  { urn, type, inputs }: Registration,
  kept: KeptResources,
  folder: string,
): { readonly id: string; readonly outputs: Registration["inputs"] } | undefined {
  if (type === "archive:index/file:File") {
    const outputs = archiveFile(inputs, folder);
    return { id: String(outputs["id"]), outputs };
  }
  const maker = makers[type];
  if (maker === undefined) return undefined;
  const key = fingerprint(Object.fromEntries(maker.key.map((name) => [name, inputs[name] ?? null])));
  const before = kept.get(urn);
  if (before !== undefined && before.key === key) return before;
  // A seed makes the same of the same.
  const { seed } = inputs;
  const bytes = stream((count) =>
    typeof seed === "string" ? bytesOf(`${type} ${seed}`, count) : kept.bytes(urn, count),
  );
  const made = maker.make(inputs, { bytes, now: () => kept.now() });
  kept.set(urn, { key, ...made });
  return made;
}

/** Goes on behind what was taken, from a source that may give the same bytes each time. */
function stream(bytes: (count: number) => Buffer): (count: number) => Buffer {
  let taken = 0;
  return (count) => {
    const drawn = bytes(taken + count).subarray(taken);
    taken += count;
    return drawn;
  };
}

import * as path from "node:path";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { Archive, type Properties, type Value } from "../graph/resource";

// https://pulumi-developer-docs.readthedocs.io/latest/docs/architecture/deployment-execution/property-values.html
const signature = "4dabf18193072939515e22adb298388d";
const kinds = {
  asset: "c44067f5952c0a294b673a41bacd8c17",
  archive: "0def7320c3a5731c473e5ecbe6d01bc7",
  secret: "1b47061264138c4ac30d75fd1eb44270",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
  output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
};

type Wire = null | boolean | number | string | Wire[] | { [key: string]: Wire };

/** What a program sent: its values without wrappers, and which of the top ones are secret. */
export interface Received {
  readonly properties: Properties;
  readonly secrets: readonly string[];
}

/**
 * Reads the properties of a request. Secrets come out plain, since what runs here needs them; which they are is kept.
 * @param folder what relative paths of assets start from: the program's working directory
 */
export function receive(wire: { [key: string]: unknown }, folder: string): Received {
  const secrets: string[] = [];
  const entries = Object.entries(wire as { [key: string]: Wire }).map(([key, value]): [string, Value] => {
    const plain = read(value, folder, () => secrets.push(key));
    return [key, plain];
  });
  return { properties: Object.fromEntries(entries), secrets: [...new Set(secrets)].sort() };
}

function read(value: Wire, folder: string, sawSecret: () => void): Value {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((item) => read(item, folder, sawSecret));
  switch (value[signature]) {
    case kinds.secret:
      sawSecret();
      return read(value.value ?? null, folder, sawSecret);
    case kinds.output:
      if (value.secret === true) sawSecret();
      return read(value.value ?? null, folder, sawSecret);
    case kinds.resource:
      return typeof value.id === "string" && value.id !== "" ? value.id : (value.urn ?? "").toString();
    case kinds.asset:
    case kinds.archive:
      return readArchive(value, folder);
    default:
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, read(item, folder, sawSecret)]));
  }
}

function readArchive(value: { [key: string]: Wire }, folder: string): Archive {
  if (typeof value.path === "string") {
    const file = path.resolve(folder, value.path);
    return new Archive(file, hashOf(file));
  }
  if (typeof value.text === "string") return new Archive(undefined, sha256(value.text), {}, value.text);
  const assets = typeof value.assets === "object" && value.assets !== null ? value.assets : {};
  const entries = Object.fromEntries(
    Object.entries(assets as { [key: string]: Wire }).map(([name, entry]): [string, string | Archive] => {
      const read = readArchive(entry as { [key: string]: Wire }, folder);
      return [name, read.text ?? read];
    }),
  );
  const parts = Object.entries(entries).map(([name, entry]) => [name, typeof entry === "string" ? entry : entry.hash]);
  return new Archive(undefined, sha256(JSON.stringify([parts.sort(), value.uri ?? ""])), entries);
}

/** The hash of a file, or of all files of a folder with their paths. */
function hashOf(file: string): string {
  const status = fs.statSync(file, { throwIfNoEntry: false });
  if (status === undefined) return sha256("");
  if (status.isFile()) return sha256(fs.readFileSync(file));
  const names = fs.readdirSync(file).sort();
  return sha256(JSON.stringify(names.map((name) => [name, hashOf(path.join(file, name))])));
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

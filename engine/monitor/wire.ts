import * as path from "node:path";
import { hashOfPath, sha256 } from "../assets/archive-file";
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

/** A value as it goes over the wire: signed objects stand for secrets, outputs, resources and assets. */
export type Wire = null | boolean | number | string | Wire[] | { [key: string]: Wire };

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

/** What stands for a value that nobody knows yet, as the SDK has it. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * Makes the properties that a program sent into those that it is answered with. Secrets stay secret. Outputs, which only
 * transforms send, become their values. A resource becomes its id, and a component its URN, as providers that take no
 * resources hand them back.
 * @param keepResources leaves references to resources as they are, as the engine does for components
 */
export function echoed(wire: { [key: string]: unknown }, keepResources = false): { [key: string]: Wire } {
  return echo(wire as { [key: string]: Wire }, keepResources) as { [key: string]: Wire };
}

function echo(value: Wire, keepResources: boolean): Wire {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((item) => echo(item, keepResources));
  switch (value[signature]) {
    case kinds.secret:
      return secret(echo(value.value ?? null, keepResources));
    case kinds.output: {
      const plain = echo(value.value ?? unknown, keepResources);
      return value.secret === true ? secret(plain) : plain;
    }
    case kinds.resource:
      return keepResources ? value : idOf(value);
    case kinds.asset:
    case kinds.archive:
      return value;
    default:
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, echo(item, keepResources)]));
  }
}

/** A value that the program is to keep secret. */
export function secret(value: Wire): Wire {
  if (typeof value === "object" && value !== null && !Array.isArray(value) && value[signature] === kinds.secret)
    return value;
  return { [signature]: kinds.secret, value };
}

/** A plain value that the program is to keep secret. */
export function secretMark(value: Value): Properties {
  return secret(value as Wire) as Properties;
}

/** What a resource is to whoever takes text: its id, or a component's URN. */
function idOf(reference: { [key: string]: Wire }): string {
  const { id, urn } = reference;
  return typeof id === "string" && id !== "" ? id : typeof urn === "string" ? urn : "";
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
      return idOf(value);
    case kinds.asset:
    case kinds.archive:
      return readArchive(value, folder);
    default:
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, read(item, folder, sawSecret)]));
  }
}

/**
 * Where an entry is to be in an archive. The SDK names packages that are linked, or installed further up, by their place
 * outside of the project's folder: code finds them in node_modules, wherever that was.
 */
function placeInArchive(name: string): string {
  return name.replace(/^(?:\.\.\/)+(?:.*?\/)??(?=node_modules\/)/, "");
}

function readArchive(value: { [key: string]: Wire }, folder: string): Archive {
  if (typeof value.path === "string" && value.path !== "") {
    const file = path.resolve(folder, value.path);
    return new Archive(file, hashOfPath(file));
  }
  if (typeof value.text === "string") return new Archive(undefined, sha256(value.text), {}, value.text);
  if (typeof value.uri === "string" && value.uri !== "") {
    return new Archive(undefined, sha256(JSON.stringify(["uri", value.uri])), {}, undefined, value.uri);
  }
  const assets = typeof value.assets === "object" && value.assets !== null ? value.assets : {};
  const entries = Object.fromEntries(
    Object.entries(assets as { [key: string]: Wire }).map(([name, entry]): [string, string | Archive] => {
      const read = readArchive(entry as { [key: string]: Wire }, folder);
      return [placeInArchive(name), read.text ?? read];
    }),
  );
  const parts = Object.entries(entries).map(([name, entry]) => [name, typeof entry === "string" ? entry : entry.hash]);
  return new Archive(undefined, sha256(JSON.stringify([parts.sort(), ""])), entries);
}

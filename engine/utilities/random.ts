import type { Properties, Value } from "../graph/resource";
import { list, number, text } from "../graph/values";
import { adjectives, animals } from "./pet-names";

/** What makes a resource of a utility provider: its id and outputs, of its inputs and a source of random bytes. */
export interface Maker {
  /** Inputs of which a change makes another one. */
  readonly key: readonly string[];
  make(inputs: Properties, bytes: (count: number) => Buffer): { readonly id: string; readonly outputs: Properties };
}

/** A number below a limit, each as likely as any other. */
function below(limit: number, bytes: (count: number) => Buffer): number {
  // Six bytes are as many as a double holds exactly; what is beyond the last whole multiple would favour small numbers.
  const usable = 2 ** 48 - (2 ** 48 % limit);
  for (let attempt = 0; ; attempt++) {
    const drawn = bytes(6 * (attempt + 1)).readUIntBE(6 * attempt, 6);
    if (drawn < usable) return drawn % limit;
  }
}

/** Draws without repeating itself from a source that may give the same bytes each time. */
function stream(bytes: (count: number) => Buffer): (count: number) => Buffer {
  let taken = 0;
  return (count) => {
    const drawn = bytes(taken + count).subarray(taken);
    taken += count;
    return drawn;
  };
}

function shuffled<T>(items: readonly T[], bytes: (count: number) => Buffer): T[] {
  const left = [...items];
  return items.flatMap(() => left.splice(below(left.length, bytes), 1));
}

const characters = {
  lower: "abcdefghijklmnopqrstuvwxyz",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  numeric: "0123456789",
  special: "!@#$%&*()-_=+[]{}<>:?",
} as const;

function randomText(inputs: Properties, source: (count: number) => Buffer): string {
  const bytes = stream(source);
  const draw = (from: string, count: number): string[] =>
    Array.from({ length: count }, () => from.charAt(below(from.length, bytes)));
  const kinds = Object.entries(characters).map(([kind, all]) => {
    const isUsed = inputs[kind] !== false && !(kind === "numeric" && inputs["number"] === false);
    const from = kind === "special" ? text(inputs, "overrideSpecial") || all : all;
    return {
      from: isUsed ? from : "",
      least: number(inputs, `min${kind.charAt(0).toUpperCase()}${kind.slice(1)}`) ?? 0,
    };
  });
  const length = number(inputs, "length") ?? 0;
  const least = kinds.reduce((sum, kind) => sum + kind.least, 0);
  if (length < 1 || length < least)
    throw new Error(
      `the length of a random text must be at least 1, and at least ${least}, the sum of its minimums: got ${length}`,
    );
  const all = kinds.map(({ from }) => from).join("");
  if (all === "") throw new Error("a random text needs at least one of lower, upper, numeric and special");
  const required = kinds.flatMap((kind) => (kind.least === 0 ? [] : draw(kind.from, kind.least)));
  return shuffled([...required, ...draw(all, length - required.length)], bytes).join("");
}

const textKey = [
  "keepers",
  "length",
  "lower",
  "upper",
  "numeric",
  "number",
  "special",
  "overrideSpecial",
  "minLower",
  "minUpper",
  "minNumeric",
  "minSpecial",
];
const textDefaults = {
  lower: true,
  upper: true,
  numeric: true,
  number: true,
  special: true,
  minLower: 0,
  minUpper: 0,
  minNumeric: 0,
  minSpecial: 0,
};

function uuid(raw: Buffer, version: number): string {
  const bytes = Buffer.from(raw);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4);
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const uuid4: Maker = {
  key: ["keepers"],
  make(_inputs, bytes) {
    const result = uuid(bytes(16), 4);
    return { id: result, outputs: { result } };
  },
};

/** The resources of the provider `random` (https://www.pulumi.com/registry/packages/random/), by their type tokens. */
export const randomMakers: Readonly<Record<string, Maker>> = {
  "random:index/randomId:RandomId": {
    key: ["keepers", "byteLength", "prefix"],
    make(inputs, bytes) {
      const drawn = bytes(number(inputs, "byteLength") ?? 0);
      const prefix = text(inputs, "prefix");
      const hex = drawn.toString("hex");
      return {
        id: drawn.toString("base64url"),
        outputs: {
          b64Url: prefix + drawn.toString("base64url"),
          b64Std: prefix + drawn.toString("base64"),
          hex: prefix + hex,
          dec: prefix + BigInt(`0x${hex || "0"}`).toString(),
        },
      };
    },
  },
  "random:index/randomBytes:RandomBytes": {
    key: ["keepers", "length"],
    make(inputs, bytes) {
      const drawn = bytes(number(inputs, "length") ?? 0);
      const base64 = drawn.toString("base64");
      return { id: base64, outputs: { base64, hex: drawn.toString("hex") } };
    },
  },
  "random:index/randomString:RandomString": {
    key: textKey,
    make(inputs, bytes) {
      const result = randomText(inputs, bytes);
      return { id: result, outputs: { ...textDefaults, ...inputs, result } };
    },
  },
  "random:index/randomPassword:RandomPassword": {
    key: textKey,
    make: (inputs, bytes) => ({
      id: "none",
      outputs: { ...textDefaults, ...inputs, result: randomText(inputs, bytes) },
    }),
  },
  "random:index/randomInteger:RandomInteger": {
    key: ["keepers", "min", "max", "seed"],
    make(inputs, bytes) {
      const [min, max] = [number(inputs, "min") ?? 0, number(inputs, "max") ?? 0];
      if (max < min)
        throw new Error(
          `the minimum value needs to be smaller than or equal to the maximum value: got ${min} and ${max}`,
        );
      const result = min + below(max - min + 1, bytes);
      return { id: String(result), outputs: { result } };
    },
  },
  "random:index/randomPet:RandomPet": {
    key: ["keepers", "length", "prefix", "separator"],
    make(inputs, source) {
      const bytes = stream(source);
      const length = number(inputs, "length") ?? 2;
      const pick = (from: readonly string[]): string => from[below(from.length, bytes)] ?? "";
      const words = Array.from({ length }, (_, index) => pick(index === length - 1 ? animals : adjectives));
      const separator = typeof inputs["separator"] === "string" ? inputs["separator"] : "-";
      const prefix = text(inputs, "prefix");
      const id = [...(prefix === "" ? [] : [prefix]), ...words].join(separator);
      return { id, outputs: { length, separator } };
    },
  },
  "random:index/randomShuffle:RandomShuffle": {
    key: ["keepers", "inputs", "resultCount", "seed"],
    make(inputs, bytes) {
      const items: readonly Value[] = list(inputs, "inputs");
      const count = number(inputs, "resultCount") ?? items.length;
      const draw = stream(bytes);
      const results: Value[] = [];
      while (items.length > 0 && results.length < count) results.push(...shuffled(items, draw));
      return { id: "-", outputs: { results: results.slice(0, count) } };
    },
  },
  "random:index/randomUuid:RandomUuid": uuid4,
  "random:index/randomUuid4:RandomUuid4": uuid4,
  "random:index/randomUuid7:RandomUuid7": {
    key: ["keepers"],
    make(_inputs, bytes) {
      const drawn = Buffer.from(bytes(16));
      drawn.writeUIntBE(Date.now(), 0, 6);
      const result = uuid(drawn, 7);
      return { id: result, outputs: { result } };
    },
  },
};

import type { Properties, Value } from "../graph/resource";
import { list, number, text } from "../graph/values";
import { adjectives, animals } from "./pet-names";

/** Where a resource gets what does not follow from its inputs. */
export interface MakerSource {
  /** The next random bytes. */
  bytes(count: number): Buffer;
  /** The time, in milliseconds since the epoch. */
  now(): number;
}

/** What makes a resource of a utility provider: its id and outputs, of its inputs and a source of what is new in it. */
export interface Maker {
  /** Inputs of which a change makes another one. */
  readonly key: readonly string[];
  make(inputs: Properties, source: MakerSource): { readonly id: string; readonly outputs: Properties };
}

/** A whole number from 0 up to and without `limit`, each as likely as any other. `limit` must be a whole number above 0. */
function below(limit: bigint, source: MakerSource): bigint {
  // What is beyond the last whole multiple would favour small numbers.
  const usable = 2n ** 64n - (2n ** 64n % limit);
  for (;;) {
    const drawn = source.bytes(8).readBigUInt64BE();
    if (drawn < usable) return drawn % limit;
  }
}

/** One of the indices of `length` items. */
function randomIndex(length: number, source: MakerSource): number {
  return Number(below(BigInt(length), source));
}

function shuffled<T>(items: readonly T[], source: MakerSource): T[] {
  const left = [...items];
  return items.flatMap(() => left.splice(randomIndex(left.length, source), 1));
}

const characters = {
  lower: "abcdefghijklmnopqrstuvwxyz",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  numeric: "0123456789",
  special: "!@#$%&*()-_=+[]{}<>:?",
} as const;

function randomText(inputs: Properties, source: MakerSource): string {
  const draw = (from: string, count: number): string[] =>
    Array.from({ length: count }, () => from.charAt(randomIndex(from.length, source)));
  const kinds = Object.entries(characters).map(([kind, all]) => {
    const isUsed = inputs[kind] !== false && !(kind === "numeric" && inputs["number"] === false);
    return {
      isUsed,
      from: kind === "special" ? text(inputs, "overrideSpecial") || all : all,
      least: number(inputs, `min${kind.charAt(0).toUpperCase()}${kind.slice(1)}`) ?? 0,
    };
  });
  const length = number(inputs, "length") ?? 0;
  const least = kinds.reduce((sum, kind) => sum + kind.least, 0);
  if (length < 1 || length < least)
    throw new Error(
      `the length of a random text must be at least 1, and at least ${least}, the sum of its minimums: got ${length}`,
    );
  const all = kinds.map(({ isUsed, from }) => (isUsed ? from : "")).join("");
  if (all === "") throw new Error("a random text needs at least one of lower, upper, numeric and special");
  // As the provider does, a minimum holds for a kind that is switched off, too.
  const required = kinds.flatMap((kind) => draw(kind.from, kind.least));
  return shuffled([...required, ...draw(all, length - required.length)], source).join("");
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
  make(_inputs, source) {
    const result = uuid(source.bytes(16), 4);
    return { id: result, outputs: { result } };
  },
};

/** The resources of the provider `random` (https://www.pulumi.com/registry/packages/random/), by their type tokens. */
export const randomMakers: Readonly<Record<string, Maker>> = {
  "random:index/randomId:RandomId": {
    key: ["keepers", "byteLength", "prefix"],
    make(inputs, source) {
      const drawn = source.bytes(number(inputs, "byteLength") ?? 0);
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
    make(inputs, source) {
      const drawn = source.bytes(number(inputs, "length") ?? 0);
      const base64 = drawn.toString("base64");
      return { id: base64, outputs: { base64, hex: drawn.toString("hex") } };
    },
  },
  "random:index/randomString:RandomString": {
    key: textKey,
    make(inputs, source) {
      const result = randomText(inputs, source);
      return { id: result, outputs: { ...textDefaults, ...inputs, result } };
    },
  },
  "random:index/randomPassword:RandomPassword": {
    key: textKey,
    make: (inputs, source) => ({
      id: "none",
      outputs: { ...textDefaults, ...inputs, result: randomText(inputs, source) },
    }),
  },
  "random:index/randomInteger:RandomInteger": {
    key: ["keepers", "min", "max", "seed"],
    make(inputs, source) {
      const [min, max] = [number(inputs, "min") ?? 0, number(inputs, "max") ?? 0];
      if (!Number.isInteger(min) || !Number.isInteger(max))
        throw new Error(`the minimum and maximum value must be whole numbers: got ${min} and ${max}`);
      if (max < min)
        throw new Error(
          `the minimum value needs to be smaller than or equal to the maximum value: got ${min} and ${max}`,
        );
      const result = Number(BigInt(min) + below(BigInt(max) - BigInt(min) + 1n, source));
      return { id: String(result), outputs: { result } };
    },
  },
  "random:index/randomPet:RandomPet": {
    key: ["keepers", "length", "prefix", "separator"],
    make(inputs, source) {
      const length = number(inputs, "length") ?? 2;
      const pick = (from: readonly string[]): string => from[randomIndex(from.length, source)] ?? "";
      const words = Array.from({ length }, (_, index) => pick(index === length - 1 ? animals : adjectives));
      const separator = typeof inputs["separator"] === "string" ? inputs["separator"] : "-";
      const prefix = text(inputs, "prefix");
      const id = [...(prefix === "" ? [] : [prefix]), ...words].join(separator);
      return { id, outputs: { length, separator } };
    },
  },
  "random:index/randomShuffle:RandomShuffle": {
    key: ["keepers", "inputs", "resultCount", "seed"],
    make(inputs, source) {
      const items: readonly Value[] = list(inputs, "inputs");
      const count = number(inputs, "resultCount") ?? items.length;
      const results: Value[] = [];
      while (items.length > 0 && results.length < count) results.push(...shuffled(items, source));
      return { id: "-", outputs: { results: results.slice(0, count) } };
    },
  },
  "random:index/randomUuid:RandomUuid": uuid4,
  "random:index/randomUuid4:RandomUuid4": uuid4,
  "random:index/randomUuid7:RandomUuid7": {
    key: ["keepers"],
    make(_inputs, source) {
      const drawn = Buffer.from(source.bytes(16));
      drawn.writeUIntBE(source.now(), 0, 6);
      const result = uuid(drawn, 7);
      return { id: result, outputs: { result } };
    },
  },
};

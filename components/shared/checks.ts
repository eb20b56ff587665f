import { Output } from "@pulumi/pulumi";
import { closest } from "./closest";
import type { Problem } from "./errors";

/** How a value is shown in an error: as it would be written in the program, shortened. */
export function show(value: unknown): string {
  if (typeof value === "function") return value.name === "" ? "a function" : `the function ${value.name}`;
  if (Output.isInstance(value)) return "an Output";
  const text = typeof value === "bigint" ? `${value}n` : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** A value that is known while the program runs, so that it can be checked at once; Outputs and promises are not. */
export function isPlain<T>(value: T | undefined): value is T {
  return value !== undefined && !Output.isInstance(value) && !(value instanceof Promise);
}

/** Whether a required list has something in it, as far as that is known while the program runs. */
export function isFilledList(value: unknown): boolean {
  if (value === undefined) return false;
  return !isPlain(value) || (Array.isArray(value) && value.length > 0);
}

/** The items of a list that is known while the program runs; each may be an Output. None where it is not known, or no list. */
export function plainList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

/** What may stand in a component's name: a pattern, the longest that leaves room for suffixes, and both in words. */
export interface NameRule {
  readonly pattern: RegExp;
  readonly longest: number;
  readonly words: string;
}

/** Lambda, IAM, SQS and EventBridge names, with room for `-dead-letter` and the suffix that Pulumi adds. */
export const functionName: NameRule = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
  longest: 44,
  words: "1 to 44 letters, digits, hyphens and underscores, starting with a letter or digit",
};

/** Checks a component's name; `of` is e.g. `bucket`. */
export function checkName(of: string, name: unknown, rule: NameRule): Problem[] {
  if (typeof name === "string" && name.length <= rule.longest && rule.pattern.test(name)) return [];
  return [
    {
      code: "ERR_NAME_INVALID",
      message: `a ${of} was given a name that AWS refuses`,
      got: show(name),
      fix: `use ${rule.words}`,
    },
  ];
}

/**
 * Finds arguments that do not exist, which only TypeScript would see.
 * @param whose e.g. `bucket "media"`
 */
export function checkKnown(whose: string, args: object, known: readonly string[]): Problem[] {
  return Object.keys(args)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const meant = closest(key, known);
      return {
        code: "ERR_ARGUMENT_UNKNOWN",
        message: `${whose} was given an argument that does not exist`,
        got: `${key} = ${show((args as Record<string, unknown>)[key])}`,
        fix: meant === undefined ? `leave it out; there are: ${known.join(", ")}` : `did you mean ${meant}?`,
      };
    });
}

/** A number that a service takes: from `least` to `most`, whole unless said otherwise. */
export interface Range {
  readonly least: number;
  readonly most: number;
  readonly unit: string;
  readonly fraction?: boolean;
}

/** Checks a plain number; what is left out or an Output passes. */
export function checkRange(whose: string, argument: string, value: unknown, range: Range): Problem[] {
  if (!isPlain(value)) return [];
  const takes = `${range.least} to ${range.most} ${range.unit}`;
  if (typeof value !== "number" || Number.isNaN(value)) {
    return [
      {
        code: "ERR_ARGUMENT_TYPE",
        message: `${whose} was given a ${argument} that is not a number`,
        got: `${argument} = ${show(value)}`,
        fix: `use ${takes}`,
      },
    ];
  }
  const fits = value >= range.least && value <= range.most && (range.fraction === true || Number.isInteger(value));
  if (fits) return [];
  return [
    {
      code: "ERR_ARGUMENT_RANGE",
      message: `${whose} was given a ${argument} outside what AWS takes`,
      got: `${argument} = ${value}`,
      fix: `use ${takes}${range.fraction === true ? "" : ", a whole number"}`,
    },
  ];
}

/** Checks a plain value against the few that are allowed. */
export function checkOneOf(whose: string, argument: string, value: unknown, allowed: readonly unknown[]): Problem[] {
  if (!isPlain(value) || allowed.includes(value)) return [];
  return [
    {
      code: "ERR_ARGUMENT_RANGE",
      message: `${whose} was given a ${argument} that does not exist`,
      got: `${argument} = ${show(value)}`,
      fix: `use ${allowed.map(show).join(", ")}`,
    },
  ];
}

/** Days that CloudWatch Logs can keep logs (PutRetentionPolicy); 0 keeps them for ever. */
export const retentionDays = [
  0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

export function checkLogRetention(whose: string, value: unknown): Problem[] {
  return checkOneOf(whose, "logRetention", value, retentionDays);
}

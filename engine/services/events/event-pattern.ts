import { isRecord } from "../protocol/json-input";
import { nestDottedNames } from "./dotted-names";
import { compileComparison, invalidPattern, operators, type ValueMatcher } from "./match-values";
import { checkWildcards } from "./wildcard-complexity";

/** Whether an event matches a rule's pattern. */
export type EventMatcher = (event: unknown) => boolean;

/** Looks at one place in an event; `event` is the whole of it. */
type PlaceMatcher = (place: unknown, event: unknown) => boolean;

/**
 * Compiles an event pattern, the whole language
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html). Throws an
 * InvalidEventPatternException where EventBridge does.
 */
export function compileEventPattern(pattern: string): EventMatcher {
  let parsed: unknown;
  try {
    parsed = JSON.parse(pattern);
  } catch {
    throw invalidPattern("Event pattern is not valid JSON");
  }
  if (!isRecord(parsed)) throw invalidPattern("Filter is not an object");
  const matches = compileObject(nestDottedNames(parsed) as Record<string, unknown>, []);
  return (event) => {
    const nested = nestDottedNames(event);
    return matches(nested, nested);
  };
}

/** All fields of a pattern have to match, those of one nested object in one and the same element of an array. */
function compileObject(pattern: Record<string, unknown>, path: readonly string[]): PlaceMatcher {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw invalidPattern("Empty objects are not allowed");
  const matchers = entries.map(([name, value]): PlaceMatcher => {
    if (name === "$or" && isAlternatives(value)) {
      const alternatives = value.map((alternative) => compileObject(alternative, path));
      return (place, event) => alternatives.some((matches) => matches(place, event));
    }
    const matches = compileField(name, value, [...path, name]);
    return (place, event) => matches(isRecord(place) ? place[name] : undefined, event);
  });
  return (place, event) => matchers.every((matches) => matches(place, event));
}

/** `$or` is a field like any other where its value cannot be a list of patterns. */
function isAlternatives(value: unknown): value is Record<string, unknown>[] {
  return (
    Array.isArray(value) &&
    value.length >= 2 &&
    value.every((each) => isRecord(each) && !Object.keys(each).some((name) => operators.has(name)))
  );
}

function compileField(name: string, value: unknown, path: readonly string[]): PlaceMatcher {
  if (isRecord(value)) {
    const matches = compileObject(value, path);
    return (place, event) => {
      if (!Array.isArray(place)) return matches(place, event);
      const elements = place.flat(Infinity).filter(isRecord);
      return elements.length === 0 ? matches(undefined, event) : elements.some((element) => matches(element, event));
    };
  }
  if (!Array.isArray(value)) throw invalidPattern(`"${name}" must be an object or an array`);
  if (value.length === 0) throw invalidPattern("Empty arrays are not allowed");
  const matchers = value.map((each: unknown) => compileLeaf(each, path));
  checkWildcards(value.flatMap(wildcardsOf));
  return (place, event) => matchers.some((matches) => matches(place, event));
}

function compileLeaf(value: unknown, path: readonly string[]): PlaceMatcher {
  if (Array.isArray(value)) throw invalidPattern("Match value must be String, number, true, false, or null");
  if (!isRecord(value)) return onEach((candidate) => candidate === value);
  const [entry, ...more] = Object.entries(value);
  if (entry === undefined || more.length > 0) throw invalidPattern("Only one key allowed in match expression");
  const [operator, operand] = entry;
  if (operator !== "exists") return onEach(compileComparison(operator, operand));
  if (typeof operand !== "boolean") throw invalidPattern("exists match pattern must be either true or false.");
  // A field is absent only if no element of any array on the way to it has it.
  return operand ? (place) => leavesOf(place).length > 0 : (_place, event) => leavesAt(event, path).length === 0;
}

/** The wildcard patterns in a comparison. */
function wildcardsOf(comparison: unknown): string[] {
  if (!isRecord(comparison)) return [];
  if (isRecord(comparison["anything-but"])) return wildcardsOf(comparison["anything-but"]);
  const { wildcard } = comparison;
  return (Array.isArray(wildcard) ? (wildcard as unknown[]) : [wildcard]).filter((each) => typeof each === "string");
}

/** A list in an event matches where one of its elements does. */
function onEach(matches: ValueMatcher): PlaceMatcher {
  return (place) => leavesOf(place).some(matches);
}

function leavesOf(place: unknown): unknown[] {
  if (place === undefined) return [];
  return Array.isArray(place) ? place.flat(Infinity).filter((each) => !isRecord(each)) : isRecord(place) ? [] : [place];
}

function leavesAt(place: unknown, [name, ...rest]: readonly string[]): unknown[] {
  if (name === undefined) return leavesOf(place);
  const places: unknown[] = Array.isArray(place) ? place.flat(Infinity) : [place];
  return places.flatMap((each) => (isRecord(each) ? leavesAt(each[name], rest) : []));
}

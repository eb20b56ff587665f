import type { Properties, Value } from "./resource";

/** A property that must be text; `""` where it is not set. */
export function text(properties: Properties, key: string): string {
  const value = properties[key];
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

export function number(properties: Properties, key: string): number | undefined {
  const value = properties[key];
  return typeof value === "number" ? value : typeof value === "string" && value !== "" ? Number(value) : undefined;
}

export function flag(properties: Properties, key: string): boolean {
  return properties[key] === true;
}

/** A nested object; empty where it is not set. */
export function object(properties: Properties, key: string): Properties {
  const value = properties[key];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Properties) : {};
}

export function list(properties: Properties, key: string): readonly Value[] {
  const value = properties[key];
  return Array.isArray(value) ? (value as readonly Value[]) : [];
}

/** A nested object of texts, such as environment variables. */
export function texts(properties: Properties, key: string): Record<string, string> {
  return Object.fromEntries(Object.entries(object(properties, key)).map(([name, value]) => [name, String(value)]));
}

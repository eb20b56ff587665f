import * as util from "node:util";
import type { ErrorCode } from "../../shared/error-codes";
import { builtInExpression, wellKnownSymbol } from "./built-ins";
import type { Demand } from "./demand";
import { boundFunction, resolvedValue, type ProgramFunction } from "./inspector";
import { isDeployed } from "./treatment";

/** Why a value cannot be carried into a package. */
export interface Refusal {
  /** `ERR_CAPTURE_VALUE` unless it is said. */
  readonly code?: ErrorCode;
  readonly what: string;
  readonly fix: string;
}

/** How a value was reached, e.g. `settings` and `.list[0]`; and what holds it. */
export interface Way {
  readonly path: string;
  readonly holder?: object;
  /** The variable that the way starts from. */
  readonly root?: object;
}

/** What the builder of values leaves to the capture. */
export interface ValueHost {
  /** The expression for a function of the program or of a package. */
  functionExpression(fn: ProgramFunction, way: Way): string;
  /** What stands for a component, a resource, an Output or the configuration. */
  deployedExpression(value: object, demand: Demand | undefined, way: Way): string;
  /** The expression for an object that a variable holds which is made by its source. */
  ofVariable(value: unknown): string | undefined;
  /** What code does with the properties of that name, wherever it finds them. */
  demandOf(property: string): Demand | undefined;
  /** Whether the class of an instance can be put under an object which its constructor has not made. */
  isBare(constructor: ProgramFunction): boolean;
  refuse(refusal: Refusal, way: Way): void;
}

interface BuiltObject {
  readonly id: number;
  uses: number;
  /** The expression that makes it. */
  shell: string;
  /** The whole of it in one expression; undefined where it can only be filled after it was made. */
  literal: (() => string) | undefined;
  /** Statements that fill `o`. */
  fill: () => string[];
}

type Shown = string | BuiltObject;

/** Stands in expressions for the module of values, which modules name differently: no text contains it. */
export const valuesPrefix = "\0";

/** Writes the expressions that make values again, with every object once. */
export class ValueBuilder {
  private readonly objects = new Map<unknown, BuiltObject>();
  private readonly shown = new Set<BuiltObject>();

  public constructor(private readonly host: ValueHost) {}

  /**
   * Looks at a value: every value must be added before the first expression is asked for. In the expressions,
   * {@link valuesPrefix} stands where the objects and functions of the module of values are named.
   */
  public add(value: unknown, demand: Demand | undefined, way: Way): () => string {
    const built = this.build(value, demand, way);
    return () => this.show(built);
  }

  /** The declarations of the objects that are not written where they are used. */
  public declarations(): string[] {
    const lines: string[] = [];
    // Showing one may show others.
    for (const object of this.shown) {
      const fill = object.fill();
      lines.push(
        `export const v${object.id} = () => once(${object.id}, () => (${object.shell})${
          fill.length === 0 ? "" : `, (o) => { ${fill.join(" ")} }`
        });`,
      );
    }
    return lines;
  }

  private show(built: Shown): string {
    if (typeof built === "string") return built;
    if (built.uses === 1 && built.literal !== undefined) return built.literal();
    this.shown.add(built);
    return `${valuesPrefix}v${built.id}()`;
  }

  private build(value: unknown, demand: Demand | undefined, way: Way): Shown {
    if (typeof value === "symbol") return this.symbol(value, way);
    if ((typeof value !== "object" || value === null) && typeof value !== "function") return primitive(value);
    if (isDeployed(value)) return this.host.deployedExpression(value, demand, way);
    const known = this.objects.get(value);
    if (known !== undefined) {
      known.uses += 1;
      return known;
    }
    const expression = builtInExpression(value) ?? this.host.ofVariable(value);
    if (expression !== undefined) return expression;
    if (typeof value === "function") return this.fn(value as ProgramFunction, way);
    return this.object(value, demand, way);
  }

  private reserve(value: unknown, shell: string): BuiltObject {
    const built: BuiltObject = { id: this.objects.size + 1, uses: 1, shell, literal: undefined, fill: () => [] };
    this.objects.set(value, built);
    return built;
  }

  private symbol(value: symbol, way: Way): Shown {
    const registered = Symbol.keyFor(value);
    if (registered !== undefined) return `Symbol.for(${text(registered)})`;
    const known = wellKnownSymbol(value) ?? this.host.ofVariable(value);
    if (known !== undefined) return known;
    const before = this.objects.get(value);
    if (before !== undefined) return before;
    void way;
    return this.reserve(value, `Symbol(${value.description === undefined ? "" : text(value.description)})`);
  }

  private fn(value: ProgramFunction, way: Way): Shown {
    const bound = boundFunction(value);
    if (bound === undefined) return this.host.functionExpression(value, way);
    const built = this.reserve(value, "");
    const given = [bound.boundThis, ...bound.boundArgs].map((each) => this.build(each, undefined, way));
    const target = this.build(bound.target, undefined, way);
    built.shell = `${this.show(target)}.bind(${given.map((each) => this.show(each)).join(", ")})`;
    return built;
  }

  private object(value: object, demand: Demand | undefined, way: Way): Shown {
    if (util.types.isProxy(value))
      return this.refuse("a Proxy", "make the Proxy at the top of the file, or inside the handler", way);
    const stateful = statefulKind(value);
    if (stateful !== undefined)
      return this.refuse(stateful, "make it at the top of the file, or inside the handler", way);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === null || prototype === Object.prototype) {
      const built = this.reserve(value, prototype === null ? "Object.create(null)" : "{}");
      return this.withProperties(built, value, demand, way, prototype === Object.prototype);
    }
    if (Array.isArray(value) && prototype === Array.prototype) return this.array(value, demand, way);
    return this.instance(value, prototype as object, demand, way);
  }

  private array(value: readonly unknown[], demand: Demand | undefined, way: Way): Shown {
    const built = this.reserve(value, "[]");
    const isPlain =
      Object.keys(value).every((key, index) => key === String(index)) &&
      Object.keys(value).length === value.length &&
      Object.isExtensible(value);
    if (!isPlain) return this.withProperties(built, value, demand, way, false);
    const items = value.map((item, index): Shown => {
      const used = this.demandFor(item, String(index), demand, value);
      return used === false ? "undefined" : this.build(item, used, step(way, String(index), value));
    });
    const list = (): string => items.map((item) => this.show(item)).join(", ");
    built.literal = () => `[${list()}]`;
    built.fill = () => (items.length === 0 ? [] : [`o.push(${list()});`]);
    return built;
  }

  /** An object of a class: of one that is built in, or of the program. */
  private instance(value: object, prototype: object, demand: Demand | undefined, way: Way): Shown {
    const kind = nativeKind(value);
    const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
    const isBuiltIn = typeof constructor === "function" && builtInExpression(constructor) !== undefined;
    const built = this.reserve(value, "");
    const native = kind === undefined ? undefined : this.native(value, kind, way, built);
    if (kind !== undefined && native === undefined) return "undefined";
    if (isBuiltIn && native === undefined) {
      const name = (constructor as { readonly name: string }).name;
      return this.refuse(`${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`, `create the ${name} inside the handler`, way);
    }
    if (!isBuiltIn && typeof constructor === "function" && !this.host.isBare(constructor as ProgramFunction)) {
      const { name } = constructor as { readonly name: string };
      return this.refuse(
        `an object of the class ${name}, which only its constructor can make`,
        `make it at the top of the file, or inside the handler: new ${name}(...)`,
        way,
        "ERR_CAPTURE_CLASS",
      );
    }
    const own = isBuiltIn ? undefined : this.prototype(prototype, constructor, way);
    if (kind === "Error" && isBuiltIn) built.shell = `new ${builtInExpression(constructor) ?? "Error"}()`;
    else if (native === undefined) built.shell = `Object.create(${own ?? "Object.prototype"})`;
    else if (own === undefined) built.shell = native;
    else built.shell = `Object.setPrototypeOf(${native}, ${own})`;
    return this.withProperties(built, value, demand, way, false);
  }

  private prototype(prototype: object, constructor: unknown, way: Way): string {
    if (typeof constructor === "function" && constructor.prototype === prototype) {
      return `${this.show(this.build(constructor, undefined, way))}.prototype`;
    }
    return this.show(this.build(prototype, undefined, way));
  }

  /** The expression for what a built-in class holds inside its objects. */
  private native(value: object, kind: string, way: Way, built: BuiltObject): string | undefined {
    const entries = (
      made: string,
      add: (item: readonly unknown[]) => string,
      items: readonly (readonly unknown[])[],
    ): string => {
      const before = built.fill;
      const shown = items.map((item) => item.map((each) => this.build(each, undefined, way)));
      built.fill = () => [...shown.map((item) => add(item.map((each) => this.show(each)))), ...before()];
      return made;
    };
    if (kind === "Array") return "[]";
    if (kind === "Map")
      return entries("new Map()", ([key, item]) => `o.set(${key}, ${item});`, [...(value as Map<unknown, unknown>)]);
    if (kind === "Set")
      return entries(
        "new Set()",
        ([item]) => `o.add(${item});`,
        [...(value as Set<unknown>)].map((item) => [item]),
      );
    if (kind === "Date") return `new Date(${(value as Date).getTime()})`;
    if (kind === "RegExp") return `new RegExp(${text((value as RegExp).source)}, ${text((value as RegExp).flags)})`;
    if (kind === "Error") return "new Error()";
    if (kind === "URL") return `new URL(${text((value as URL).href)})`;
    if (kind === "URLSearchParams") return `new URLSearchParams(${text(String(value))})`;
    if (kind === "Buffer") return `Buffer.from(${text((value as Buffer).toString("base64"))}, "base64")`;
    if (kind === "ArrayBuffer")
      return `Uint8Array.from(Buffer.from(${text(base64(value as ArrayBuffer))}, "base64")).buffer`;
    if (ArrayBuffer.isView(value)) {
      const { buffer, byteOffset } = value;
      const length = kind === "DataView" ? value.byteLength : (value as Uint8Array).length;
      return `new ${kind}(${this.show(this.build(buffer, undefined, way))}, ${byteOffset}, ${length})`;
    }
    if (kind === "Boxed") return `Object(${primitive((value as { valueOf(): unknown }).valueOf())})`;
    if (kind === "TextEncoder" || kind === "TextDecoder") return `new ${kind}()`;
    if (kind === "Promise") {
      const resolved = resolvedValue(value as Promise<unknown>);
      if (resolved !== undefined) return `Promise.resolve(${this.show(this.build(resolved.value, undefined, way))})`;
      this.refuse("a Promise that is not resolved", "await it before, and use its result in the handler", way);
      return undefined;
    }
    return undefined;
  }

  private withProperties(
    built: BuiltObject,
    value: object,
    demand: Demand | undefined,
    way: Way,
    hasLiteral: boolean,
  ): BuiltObject {
    const plain: [key: string, shown: Shown][] = [];
    const defined: [key: string, descriptor: () => string][] = [];
    const isBuffer = ArrayBuffer.isView(value);
    for (const key of Reflect.ownKeys(value)) {
      if (isBuffer && typeof key === "string") continue;
      if (key === "length" && Array.isArray(value)) continue;
      if (util.types.isNativeError(value) && key === "stack") continue;
      const descriptor = Object.getOwnPropertyDescriptor(value, key);
      if (descriptor === undefined) continue;
      const shownKey = typeof key === "symbol" ? this.show(this.symbol(key, way)) : text(key);
      const on = step(way, String(key), value);
      const { configurable, enumerable, writable } = descriptor;
      if ("value" in descriptor) {
        const item = descriptor.value as unknown;
        const used = this.demandFor(item, key, demand, value);
        if (used === false) continue;
        const shown = this.build(item, used, on);
        if (configurable === true && enumerable === true && writable === true) plain.push([shownKey, shown]);
        else
          defined.push([
            shownKey,
            () => `{ value: ${this.show(shown)}${flags({ configurable, enumerable, writable })} }`,
          ]);
      } else {
        const get = descriptor.get && this.build(descriptor.get, undefined, on);
        const set = descriptor.set && this.build(descriptor.set, undefined, on);
        const accessors = (): string =>
          [get && `get: ${this.show(get)}`, set && `set: ${this.show(set)}`].filter(Boolean).join(", ");
        defined.push([shownKey, () => `{ ${accessors()}${flags({ configurable, enumerable })} }`]);
      }
    }
    const lock = Object.isFrozen(value)
      ? "freeze"
      : Object.isSealed(value)
        ? "seal"
        : Object.isExtensible(value)
          ? undefined
          : "preventExtensions";
    const isLocked = lock !== undefined && !(isBuffer && lock !== "preventExtensions");
    const pairs = (): string =>
      plain
        .map(([key, shown]) =>
          `[${key}]: ${this.show(shown)}`.replace(/^\[("[A-Za-z_$][\w$]*")\]/, (whole, name: string) =>
            name === '"__proto__"' ? whole : name,
          ),
        )
        .join(", ");
    if (hasLiteral && defined.length === 0 && !isLocked) built.literal = () => `{ ${pairs()} }`;
    const before = built.fill;
    built.fill = () => [
      ...before(),
      ...(plain.length === 0 ? [] : [`Object.assign(o, { ${pairs()} });`]),
      ...defined.map(([key, descriptor]) => `Object.defineProperty(o, ${key}, ${descriptor()});`),
      ...(Array.isArray(value) && !hasLiteral ? [`o.length = ${value.length};`] : []),
      ...(isLocked ? [`Object.${lock}(o);`] : []),
    ];
    return built;
  }

  /** What is done with a property; false where it holds what nobody uses and could not be carried. */
  private demandFor(
    item: unknown,
    key: string | symbol,
    demand: Demand | undefined,
    holder: object,
  ): Demand | undefined | false {
    if (typeof key === "symbol") return undefined;
    // All uses are known of what has no methods, and is not handed on. Methods take their objects' properties by name.
    const isSeen = demand !== undefined && demand.whole === undefined && !hasMethods(holder);
    const own = isSeen ? demand.members.get(key) : undefined;
    if (own !== undefined) return own;
    if (typeof item === "function") return isDeployed(item) ? this.host.demandOf(key) : undefined;
    if (typeof item !== "object" || item === null || !isDeployed(item)) return undefined;
    if (isSeen) return false;
    const named = this.host.demandOf(key);
    // Of a list or record that is gone through, every component may be used: it is refused as a whole.
    const isGoneThrough = demand?.whole !== undefined && !hasMethods(holder);
    return named ?? (isGoneThrough ? undefined : false);
  }

  private refuse(what: string, fix: string, way: Way, code?: ErrorCode): string {
    this.host.refuse({ what, fix, ...(code === undefined ? {} : { code }) }, way);
    return "undefined";
  }
}

/** Whether an object has functions of its own or of its class. */
function hasMethods(holder: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(holder);
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return true;
  return Object.values(Object.getOwnPropertyDescriptors(holder)).some(
    ({ value, get }) => get !== undefined || (typeof value === "function" && !isDeployed(value)),
  );
}

/** Objects whose state nothing shows. */
function statefulKind(value: object): string | undefined {
  const { types } = util;
  if (types.isGeneratorObject(value)) return "a generator that was started";
  if (types.isMapIterator(value) || types.isSetIterator(value)) return "an iterator";
  if (types.isModuleNamespaceObject(value)) return "the namespace of a module";
  if (types.isSharedArrayBuffer(value)) return "a SharedArrayBuffer";
  return undefined;
}

/** The built-in class whose hidden state an object has. */
function nativeKind(value: object): string | undefined {
  const { types } = util;
  if (Array.isArray(value)) return "Array";
  if (types.isMap(value)) return "Map";
  if (types.isSet(value)) return "Set";
  if (types.isDate(value)) return "Date";
  if (types.isRegExp(value)) return "RegExp";
  if (types.isNativeError(value)) return "Error";
  if (types.isPromise(value)) return "Promise";
  if (Buffer.isBuffer(value)) return "Buffer";
  if (types.isArrayBuffer(value)) return "ArrayBuffer";
  if (types.isDataView(value)) return "DataView";
  if (types.isTypedArray(value)) return value[Symbol.toStringTag];
  if (types.isBoxedPrimitive(value)) return "Boxed";
  if (value instanceof URL) return "URL";
  if (value instanceof URLSearchParams) return "URLSearchParams";
  if (value instanceof TextEncoder) return "TextEncoder";
  if (value instanceof TextDecoder && value.encoding === "utf-8") return "TextDecoder";
  return undefined;
}

function base64(buffer: ArrayBuffer): string {
  return Buffer.from(buffer).toString("base64");
}

function step(way: Way, key: string, holder: object): Way {
  const plain = /^[A-Za-z_$][\w$]*$/.test(key);
  return {
    ...way,
    path: way.path + (Array.isArray(holder) ? `[${key}]` : plain ? `.${key}` : `[${text(key)}]`),
    holder,
  };
}

function flags(given: Readonly<Record<string, boolean | undefined>>): string {
  return Object.entries(given)
    .map(([name, on]) => (on === true ? `, ${name}: true` : ""))
    .join("");
}

/** A text as a literal of JavaScript. */
export function text(value: string): string {
  return JSON.stringify(value).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

function primitive(value: unknown): string {
  if (typeof value === "string") return text(value);
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  return value === undefined ? "undefined" : String(value);
}

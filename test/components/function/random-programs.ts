import * as fc from "fast-check";
import type { Program } from "./differential";

type Generate = fc.GeneratorValue;

/** What a piece of code may refer to where it stands. */
interface Names {
  readonly numbers: string[];
  /** Numbers that may be assigned. */
  readonly variables: string[];
  readonly lists: string[];
  readonly objects: string[];
  readonly maps: string[];
  /** Functions that take a number and give one. */
  readonly functions: string[];
  /** Objects with `step(n)`, `peek()` and the accessor `size`. */
  readonly counters: string[];
  readonly classes: string[];
}

const none = (): Names => ({
  numbers: [],
  variables: [],
  lists: [],
  objects: [],
  maps: [],
  functions: [],
  counters: [],
  classes: [],
});

/** Programs of several modules, whose handlers use variables, closures, classes, loops, exceptions and asynchronous code. */
export function randomProgram(): fc.Arbitrary<Program> {
  return fc.gen().map((generate) => new Writer(generate).program());
}

class Writer {
  private next = 0;

  public constructor(private readonly generate: Generate) {}

  public program(): Program {
    const files: Record<string, string> = {};
    const imported = none();
    const imports: string[] = [];
    for (const module of ["a", "b"].slice(0, this.below(3))) {
      const names = none();
      const before = this.below(2) === 0 ? this.importing(imported) : { lines: [] as string[], names: none() };
      add(names, before.names);
      const lines = this.declarations(names, 2 + this.below(4));
      const own = all(names).filter((name) => !all(before.names).includes(name));
      files[`${module}.ts`] = [...before.lines, ...lines, `export { ${own.join(", ")} };`].join("\n");
      const shown = without(names, before.names);
      for (const name of all(shown)) this.homes.set(name, module);
      add(imported, shown);
    }
    const { lines, names } = this.importing(imported);
    imports.push(...lines);
    const body = this.declarations(names, 2 + this.below(6));
    files["index.ts"] = [...imports, ...body, this.handler(names)].join("\n");
    return files;
  }

  private readonly homes = new Map<string, string>();

  /** Imports some of what other modules export, by name or by namespace. */
  private importing(from: Names): { lines: string[]; names: Names } {
    const names = none();
    const lines: string[] = [];
    for (const module of new Set(this.homes.values())) {
      const own = without(from, none(), (name) => this.homes.get(name) === module && this.below(3) > 0);
      if (all(own).length === 0) continue;
      // What is imported cannot be assigned.
      own.variables.length = 0;
      if (this.below(3) === 0) {
        const as = this.name("ns");
        lines.push(`import * as ${as} from "./${module}";`);
        add(
          names,
          mapped(own, (name) => `${as}.${name}`),
        );
        names.classes.length = 0;
      } else {
        lines.push(`import { ${[...new Set(all(own))].join(", ")} } from "./${module}";`);
        add(names, own);
      }
    }
    return { lines, names };
  }

  private declarations(names: Names, count: number): string[] {
    return Array.from({ length: count }, () => [this.declaration(names), ...this.changes(names, this.below(3))]).flat();
  }

  private declaration(names: Names): string {
    const name = this.name("v");
    const pick = this.below(12);
    if (pick === 0) return this.declared(names, ["numbers"], name, `const ${name} = ${this.number(names)};`);
    if (pick <= 2) {
      const initial = this.number(names);
      names.variables.push(name);
      return this.declared(names, ["numbers"], name, `let ${name} = ${initial};`);
    }
    if (pick === 3) {
      const items = Array.from({ length: this.below(4) }, () => this.number(names));
      return this.declared(names, ["lists"], name, `const ${name}: number[] = [${items.join(", ")}];`);
    }
    if (pick === 4) {
      return this.declared(
        names,
        ["objects"],
        name,
        `const ${name}: any = { a: ${this.number(names)}, b: { c: ${this.number(names)} } };`,
      );
    }
    if (pick === 5)
      return this.declared(
        names,
        ["maps"],
        name,
        `const ${name} = new Map<number, number>([[1, ${this.number(names)}]]);`,
      );
    if (pick <= 7) return this.declared(names, ["functions"], name, this.fn(names, name));
    if (pick === 8) return this.declared(names, ["counters"], name, this.closures(names, name));
    if (pick === 9) return this.declared(names, ["classes"], name, this.classText(names, name));
    if (pick === 10 && names.classes.length > 0) {
      return this.declared(
        names,
        ["counters"],
        name,
        `const ${name} = new ${this.of(names.classes)}(${this.number(names)});`,
      );
    }
    const text = `const [, ${name} = ${this.number(names)}] = [0, ${this.number(names)}, 3];`;
    return this.declared(names, ["numbers"], name, text);
  }

  private declared(names: Names, kinds: readonly (keyof Names)[], name: string, text: string): string {
    for (const kind of kinds) names[kind].push(name);
    return text;
  }

  private fn(names: Names, name: string): string {
    const inner = copied(names);
    inner.numbers.push("x");
    const body = `${this.changes(inner, this.below(3)).join(" ")} return ${this.number(inner)};`;
    const kind = this.below(3);
    if (kind === 0) return `function ${name}(x: number): number { ${body} }`;
    if (kind === 1) return `const ${name} = (x: number): number => { ${body} };`;
    return `const ${name} = function (x: number = ${this.number(names)}): number { ${body} };`;
  }

  /** Functions that share a variable: an object of them, made by a function that is called once. */
  private closures(names: Names, name: string): string {
    const inner = copied(names);
    const [own, given] = [this.name("n"), this.name("p")];
    inner.numbers.push(own, given);
    inner.variables.push(own);
    const step = `(x: number) => { ${own} += x; ${this.changes(inner, this.below(2)).join(" ")} return ${own}; }`;
    const made = `{ step: ${step}, peek() { return ${this.number(inner)}; }, get size() { return ${own}; } }`;
    return `const ${name} = ((${given}: number) => { let ${own} = ${this.number(names)}; return ${made}; })(${this.number(names)});`;
  }

  private classText(names: Names, name: string): string {
    const base = this.below(3) === 0 && names.classes.length > 0 ? this.of(names.classes) : undefined;
    const [field, hidden] = [this.name("f"), this.below(2) === 0 ? `#${this.name("h")}` : this.name("h")];
    const inner = copied(names);
    inner.numbers.push(`this.${field}`, `this.${hidden}`);
    inner.variables.push(`this.${field}`, `this.${hidden}`);
    const members = [
      `${field} = ${this.number(names)};`,
      `${hidden} = 1;`,
      `static made = 0;`,
      `constructor(given: number) { ${base === undefined ? "" : "super(given);"} this.${field} += given; ${name}.made++; }`,
      `step(x: number): number { this.${hidden} += x; ${this.changes(inner, this.below(2)).join(" ")} return this.${hidden}; }`,
      `peek(): number { return ${this.number(inner)}${base === undefined ? "" : " + super.peek()"}; }`,
      `get size(): number { return this.${field} + ${name}.made; }`,
    ];
    return `class ${name} ${base === undefined ? "" : `extends ${base}`} { ${members.join(" ")} }`;
  }

  private changes(names: Names, count: number, depth = 0): string[] {
    return Array.from({ length: count }, () => this.change(names, depth));
  }

  private change(names: Names, depth: number): string {
    const pick = this.below(12);
    const number = (): string => this.number(names);
    if (pick === 0 && names.variables.length > 0) return `${this.of(names.variables)} = ${number()};`;
    if (pick <= 2 && names.variables.length > 0) return `${this.of(names.variables)}++;`;
    if (pick === 3 && names.lists.length > 0) return `${this.of(names.lists)}.push(${number()});`;
    if (pick === 4 && names.objects.length > 0) return `${this.of(names.objects)}.b.c += ${number()};`;
    if (pick === 5 && names.maps.length > 0) return `${this.of(names.maps)}.set(${this.below(3)}, ${number()});`;
    if (pick === 6 && names.counters.length > 0) return `${this.of(names.counters)}.step(${this.below(4)});`;
    if (pick === 7 && names.functions.length > 0) return `${this.of(names.functions)}(${number()});`;
    if (depth > 1) return ";";
    const inner = copied(names);
    const item = this.name("i");
    inner.numbers.push(item);
    const body = (): string => this.changes(inner, 1 + this.below(2), depth + 1).join(" ");
    if (pick === 8) return `for (const ${item} of [1, 2]) { ${body()} }`;
    if (pick === 9) return `for (let ${item} = 0; ${item} < 2; ${item}++) { ${body()} }`;
    if (pick === 10)
      return `if (${number()} % 2 === 0) { ${this.changes(names, 1, depth + 1).join(" ")} } else { ${this.changes(names, 1, depth + 1).join(" ")} }`;
    return `try { if (${number()} % 3 === 0) throw new RangeError("r" + ${number()}); ${this.changes(names, 1, depth + 1).join(" ")} } catch (e: any) { ${this.changes(names, 1, depth + 1).join(" ")} }`;
  }

  private number(names: Names, depth = 0): string {
    const pick = depth > 2 ? this.below(3) : this.below(11);
    if (pick <= 1 || all(names).length === 0) return String(this.below(10));
    if (pick <= 4 && names.numbers.length > 0) return this.of(names.numbers);
    if (pick === 5 && names.lists.length > 0) return `${this.of(names.lists)}.length`;
    if (pick === 6 && names.objects.length > 0) return `${this.of(names.objects)}.b.c`;
    if (pick === 7 && names.maps.length > 0) return `(${this.of(names.maps)}.get(${this.below(3)}) ?? 7)`;
    if (pick === 8 && names.counters.length > 0)
      return `${this.of(names.counters)}.${["peek()", "size"][this.below(2)] ?? "size"}`;
    if (pick === 9) return `((${this.number(names, depth + 1)} + ${this.number(names, depth + 1)}) % 1000)`;
    return String(this.below(10));
  }

  private handler(names: Names): string {
    const kind = this.below(6);
    if (kind === 0) return `export async function handler(event: number) { ${this.handlerBody(names)} }`;
    if (kind === 1) return `export const handler = async (event: number) => { ${this.handlerBody(names)} };`;
    const inner = copied(names);
    const [own, given] = [this.name("w"), this.name("g")];
    inner.numbers.push(own, given);
    inner.variables.push(own);
    const head = `let ${own} = ${this.number(names)}; ${this.declarations(inner, this.below(3)).join(" ")}`;
    const inside = `async (event: number) => { ${this.handlerBody(inner)} }`;
    if (kind === 2)
      return `const make = (${given}: number) => { ${head} return ${inside}; };\nexport const handler = make(${this.number(names)});`;
    if (kind === 3)
      return `const all: any[] = [];\nfor (const ${given} of [1, 2, 3]) { ${head} all.push(${inside}); }\nexport const handler = all[1];`;
    if (kind === 4)
      return `function make(${given}: number) { ${head} return { async run(event: number) { ${this.handlerBody(inner)} } }; }\nexport const handler = make(2).run;`;
    return `class Service { constructor(private ${given} = ${this.number(names)}) {} async run(event: number) { this.${given}++; ${this.handlerBody({ ...copied(names), numbers: [...names.numbers, `this.${given}`] })} } }\nconst service = new Service();\nexport const handler = service.run.bind(service);`;
  }

  private handlerBody(names: Names): string {
    const inner = copied(names);
    inner.numbers.push("event");
    const waits =
      this.below(2) === 0
        ? `await Promise.all([${names.functions
            .slice(0, 2)
            .map((fn) => `(async () => ${fn}(event))()`)
            .join(", ")}]);`
        : "";
    const seen = [
      ...names.lists,
      ...names.objects,
      ...names.maps.map((map) => `[...${map}]`),
      ...names.counters.flatMap((counter) => [`${counter}.peek()`, `${counter}.size`]),
      ...names.numbers,
      ...names.classes.map((made) => `${made}.made + ${made}.name`),
    ];
    const shown = seen.filter(() => this.below(3) > 0).map((each) => `JSON.parse(JSON.stringify([${each}]))`);
    return `${this.changes(inner, 1 + this.below(4)).join(" ")} ${waits} return [${[this.number(inner), ...shown].join(", ")}];`;
  }

  private name(prefix: string): string {
    return `${prefix}${this.next++}`;
  }

  private of(names: readonly string[]): string {
    return names[this.below(names.length)] ?? "0";
  }

  private below(limit: number): number {
    return this.generate(fc.nat, { max: Math.max(0, limit - 1) });
  }
}

const kinds = Object.keys(none()) as (keyof Names)[];

function all(names: Names): string[] {
  return [...new Set(kinds.flatMap((kind) => names[kind]))];
}

function add(to: Names, from: Names): void {
  for (const kind of kinds) to[kind].push(...from[kind]);
}

function copied(names: Names): Names {
  return mapped(names, (name) => name);
}

function mapped(names: Names, change: (name: string) => string): Names {
  const made = none();
  for (const kind of kinds) made[kind].push(...names[kind].map(change));
  return made;
}

function without(names: Names, left: Names, isWanted: (name: string) => boolean = () => true): Names {
  const wanted = new Map<string, boolean>();
  const isIn = (name: string): boolean => {
    const known = wanted.get(name) ?? isWanted(name);
    wanted.set(name, known);
    return known && !all(left).includes(name);
  };
  const made = none();
  for (const kind of kinds) made[kind].push(...names[kind].filter(isIn));
  return made;
}

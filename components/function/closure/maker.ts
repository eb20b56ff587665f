import * as path from "node:path";
import { compileFunction } from "node:vm";
import type * as ts from "typescript";
import { capturedValue, type CapturedFunction } from "./locate";
import {
  declarationsIn,
  importedModule,
  importsIn,
  isExport,
  isLoop,
  referencesIn,
  rootOf,
  type ImportedName,
} from "./statements";
import { isUncapturable } from "./uncapturable";

/** Cuts out of a file what makes one of its variables. */
export class Maker {
  private readonly declared: ReadonlyMap<string, ts.Statement>;
  private readonly imports: ReadonlyMap<string, ImportedName>;
  private readonly required = new Set<string>();
  private readonly included = new Set<ts.Statement>();
  /** What is not made, but captured as ever. */
  private readonly given = new Map<string, unknown>();

  public constructor(
    private readonly fn: CapturedFunction,
    private readonly file: ts.SourceFile,
  ) {
    this.declared = declarationsIn(file);
    this.imports = importsIn(file);
  }

  /** A function that makes the variable; undefined where the statements that do cannot stand alone. */
  public async make(variable: string): Promise<CapturedFunction | undefined> {
    if (!(await this.include(variable))) return undefined;
    const included = this.file.statements.filter((statement) => this.included.has(statement));
    if (included.some((statement) => referencesIn(statement).has("exports"))) return undefined;
    // Whatever else the program does with it on the way cannot be told apart from what makes it.
    const others = this.file.statements.filter((statement) => !this.included.has(statement) && !isExport(statement));
    if (others.some((statement) => referencesIn(statement, true).has(variable))) return undefined;
    const statements = included.map((statement) => statement.getText(this.file).replace(/^export /, ""));
    const body = [...this.requires(), ...statements, `return ${variable};`].join("\n");
    const code = `return function () {\n${body}\n};`;
    return compileFunction(code, [...this.given.keys()])(...this.given.values()) as CapturedFunction;
  }

  /** Includes what declares a name, and what is done with it; false where that is not possible. */
  private async include(name: string): Promise<boolean> {
    const statement = this.declared.get(name);
    if (statement === undefined) return false;
    if (this.included.has(statement)) return true;
    // What is done with it there, like app.get(...), is part of what it is; so are loops that do it.
    const uses = this.file.statements.filter(
      (each) => rootOf(each) === name || (isLoop(each) && referencesIn(each, true).has(name)),
    );
    const added = [statement, ...uses].filter((each) => !this.included.has(each));
    for (const each of added) this.included.add(each);
    for (const reference of new Set(added.flatMap((each) => [...referencesIn(each)]))) {
      if (!(await this.provide(reference, name))) return false;
    }
    return true;
  }

  /** What an ES module imports, in the form that may stand in a function. */
  private requires(): string[] {
    return [...this.required].map((local) => {
      const { module, name } = this.imports.get(local) as ImportedName;
      const whole = `require(${JSON.stringify(module)})`;
      if (name === undefined) return `const ${local} = ${whole};`;
      // A CommonJS module is itself what is imported as its default.
      return name === "default"
        ? `const ${local} = ((module) => (module.__esModule ? module.default : module))(${whole});`
        : `const ${local} = ${whole}.${name};`;
    });
  }

  /** Sees to it that what is included finds what it refers to: captured as ever, or included as well. */
  private async provide(reference: string, includedFor: string): Promise<boolean> {
    const statement = this.declared.get(reference);
    if (this.imports.has(reference)) this.required.add(reference);
    if (statement === undefined || this.included.has(statement) || this.given.has(reference)) return true;
    const module = importedModule(statement);
    // Packages are imported again. What the library, Pulumi or a file of the project exports is captured.
    const isCaptured = module === undefined || /^(\.|tandem$|@pulumi\/)/.test(module) || path.isAbsolute(module);
    const value = isCaptured ? await capturedValue(this.fn, reference) : undefined;
    if (value === undefined || (await isUncapturable(value)) || this.leadsTo(reference, includedFor)) {
      return this.include(reference);
    }
    this.given.set(reference, value);
    return true;
  }

  /** Whether a function at the top of the file uses `name`, itself or through others: captured, it would get another one. */
  private leadsTo(from: string, name: string, seen = new Set<string>()): boolean {
    const statement = this.declared.get(from);
    if (statement === undefined || seen.has(from) || importedModule(statement) !== undefined) return false;
    seen.add(from);
    return [...referencesIn(statement)].some((each) => each === name || this.leadsTo(each, name, seen));
  }
}

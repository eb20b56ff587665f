import * as path from "node:path";
import type * as ts from "typescript";
import type { EffectAnalysis } from "./effects";
import { programScripts, scriptCount } from "./inspector";
import type { Binding } from "./lexical";
import { statementOf, type ProgramModule, type ProgramModules } from "./program-module";

/** A statement that changes what a variable holds after its declaration. */
export interface CompletingStatement {
  readonly module: ProgramModule;
  readonly statement: ts.Statement;
}

/** Finds the statements of the program that change a variable after its declaration. */
export class CompletingStatements {
  private readonly known = new Map<Binding, readonly CompletingStatement[]>();
  private readonly importing = new Map<ProgramModule, readonly ProgramModule[]>();
  private scripts = 0;

  public constructor(
    private readonly modules: ProgramModules,
    private readonly effects: EffectAnalysis,
  ) {}

  /** The statements at the top of a variable's module and of those that import it, in this order. */
  public completing(binding: Binding, module: ProgramModule): readonly CompletingStatement[] {
    // What was loaded since may change the variable as well.
    if (this.scripts !== scriptCount()) {
      this.scripts = scriptCount();
      this.known.clear();
      this.importing.clear();
    }
    const known = this.known.get(binding);
    if (known !== undefined) return known;
    const own = statementOf(binding.declaration);
    const found = [module, ...this.importers(module)].flatMap((each) =>
      each.source.statements.flatMap((statement) =>
        statement !== own && this.effects.of(statement, each).touches.has(binding) ? [{ module: each, statement }] : [],
      ),
    );
    this.known.set(binding, found);
    return found;
  }

  /** Other modules of the program that were loaded and import a module. */
  private importers(module: ProgramModule): readonly ProgramModule[] {
    const known = this.importing.get(module);
    if (known !== undefined) return known;
    const name = path.basename(module.file).replace(/\.[cm]?[jt]sx?$/, "");
    const isNamed = name === "index" ? namesFolder(path.dirname(module.file)) : (text: string) => text.includes(name);
    const found = programScripts().flatMap((script) => {
      if (script.file === module.file || !isNamed(script.text)) return [];
      const other = this.modules.ofScript(script);
      const imports = other.specifiers().some((specifier) => {
        const to = this.effects.resolve(specifier, other);
        return to.kind === "project" && to.file === module.file;
      });
      return imports && other !== module ? [other] : [];
    });
    this.importing.set(module, found);
    return found;
  }
}

/** Whether a file may import what a folder's index exports: by its name, or by dots alone. */
function namesFolder(folder: string): (text: string) => boolean {
  const name = path.basename(folder);
  return (text) => text.includes(name) || /["'](\.{1,2}\/?|\.{1,2}\/index(\.\w+)?)["']/.test(text);
}

import * as path from "node:path";
import type * as ts from "typescript";
import type { ErrorCode } from "../../shared/error-codes";
import { TandemError, type Problem } from "../../shared/errors";
import type { Place } from "./demand";
import { inspectFunction, type ProgramFunction } from "./inspector";
import type { Binding } from "./lexical";
import type { ProgramModule } from "./program-module";
import { isPackages } from "./package-exports";
import { sourceOf } from "./source-text";
import type { Refusal } from "./value-builder";

/** Collects what keeps a handler out of a package, docs/errors.md#err_capture_value and others: all of it is said at once. */
export class CaptureProblems {
  private readonly found = new Map<string, Problem>();

  public constructor(
    private readonly whose: string,
    private readonly handler: ProgramFunction,
  ) {}

  /** @throws one error with all problems */
  public throwFound(): void {
    const [first, ...others] = this.found.values();
    if (first !== undefined) throw new TandemError([first, ...others]);
  }

  /** A value that must not be captured, or cannot be. */
  public add({ code, what, fix }: Refusal, variable: string, place: Place | undefined): void {
    this.put(code ?? "ERR_CAPTURE_VALUE", place, `captures ${what}`, variable, fix);
  }

  /** `aws.s3…` or `new Bucket()` in a handler. */
  public addDeployedImport(specifier: string, name: string | undefined, place: Place | undefined): void {
    const what = name === undefined || name === "*" ? specifier : `${name} of ${specifier}`;
    this.put(
      "ERR_CAPTURE_FAILED",
      place,
      `uses ${what}, which exists while deploying only`,
      place?.node.getText(),
      "use it outside the handler, and only its result inside",
    );
  }

  public addImportMeta(place: Place): void {
    this.put(
      "ERR_CAPTURE_IMPORT_META",
      place,
      "uses import.meta, of which packages have url, dirname and filename only",
      place.node.parent.getText(),
      "use it outside the handler, and capture the result",
    );
  }

  /** A variable at the top of a file whose value is not to be had. */
  public addUnreachable(binding: Binding, module: ProgramModule, place: Place | undefined): void {
    this.put(
      "ERR_CAPTURE_VALUE",
      place,
      `needs the variable ${binding.name} (${module.placeOf(binding.declaration)}), which is made of what exists while deploying only, and its value cannot be read from outside its file`,
      binding.name,
      `export it: export const ${binding.name} = …`,
    );
  }

  /** A variable of a function around the handler that has no value. */
  public addLost(binding: Binding, module: ProgramModule, node: ts.Node): void {
    this.put(
      "ERR_CAPTURE_VALUE",
      { module, node },
      "captures a variable that has no value yet",
      binding.name,
      "declare it before the handler is given to the component",
    );
  }

  /** An object that only its own code can make, in a function that does more with it. */
  public addTangled(binding: Binding, module: ProgramModule, node: ts.Node): void {
    this.put(
      "ERR_CAPTURE_VALUE",
      { module, node },
      "captures an object that is made in a function, by code that cannot be taken apart",
      binding.name,
      "make it at the top of the file, or inside the handler",
    );
  }

  public addShared(binding: Binding, module: ProgramModule, variable: string): void {
    this.put(
      "ERR_CAPTURE_VALUE",
      { module, node: binding.declaration },
      `captures functions that use the variable ${binding.name}, of which there may be one or several`,
      variable || binding.name,
      "make the functions at the top of the file, or hold the value in an object: const state = { value: 0 }",
    );
  }

  /** A method that is passed as a handler without its object. */
  public addThis(module: ProgramModule, node: ts.Node): void {
    this.put(
      "ERR_CAPTURE_FAILED",
      { module, node },
      'uses "this", which is nothing when it is called by itself',
      "this",
      "bind it: this.method.bind(this), or pass a function that calls it",
    );
  }

  /** A function whose source is not part of the program. */
  public addFunction(fn: ProgramFunction, variable: string, isHandler: boolean): void {
    const named = fn.name === "" ? "a function" : `the function ${fn.name}`;
    if (isHandler) {
      this.put(
        "ERR_CAPTURE_FAILED",
        undefined,
        `is ${isPackages(fn) ? "a function of a package" : "no function of the program"}, whose source cannot be taken`,
        placeOfFunction(fn) ?? named,
        "pass a function of your own that calls it, like (request) => app.fetch(request)",
      );
      return;
    }
    this.put(
      "ERR_CAPTURE_VALUE",
      undefined,
      `captures ${named}${isPackages(fn) ? " of a package, which does not export it" : ", which is native code"}`,
      variable,
      "make it at the top of the file, or inside the handler",
    );
  }

  private put(code: ErrorCode, place: Place | undefined, what: string, got: string | undefined, fix: string): void {
    const at = place === undefined ? placeOfFunction(this.handler) : place.module.placeOf(place.node);
    const message = `${this.whose}${at === undefined ? "" : ` (${at})`} ${what}`;
    this.found.set(`${message}\n${got ?? ""}`, { code, message, ...(got === undefined ? {} : { got }), fix });
  }
}

/** Where a function stands in the user's source, as `index.ts:12:5`, relative to the project. */
function placeOfFunction(fn: ProgramFunction): string | undefined {
  const inspected = inspectFunction(fn);
  if (inspected === undefined) return undefined;
  const source = sourceOf(inspected.script);
  const { line, column } = source.originalPosition(inspected.line, inspected.column) ?? { line: 0, column: 0 };
  return `${path.relative(process.cwd(), source.file)}:${line + 1}:${column + 1}`;
}

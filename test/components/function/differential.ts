import * as fs from "node:fs";
import * as path from "node:path";
import { TandemError } from "../../../components";
import { unpack } from "./run-package";

/** The text of a program's files by their names. `index.ts`, or another `index`, exports `handler`. */
export type Program = Readonly<Record<string, string>>;

/** What three calls of a handler gave, in the program itself and in its package. */
export interface Results {
  readonly plain: readonly unknown[];
  readonly packaged: readonly unknown[];
}

/** Beneath the project, so that programs find its packages. */
const programs = path.resolve(".tandem", "programs");

/**
 * Calls a program's handler three times where it stands, and three times in its package.
 * @returns the results, or why the handler was refused
 */
export async function runBoth(program: Program): Promise<Results | TandemError> {
  fs.mkdirSync(programs, { recursive: true });
  const folder = fs.mkdtempSync(path.join(programs, "program-"));
  try {
    for (const [name, text] of Object.entries(program)) {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), text);
    }
    const index = Object.keys(program).find((name) => /^index\./.test(name)) ?? "index.ts";
    const { handler } = (await import(path.join(folder, index))) as { handler: (event: unknown) => unknown };
    const packaged = await unpack(handler as () => unknown);
    return {
      packaged: await callThrice(packaged.start()),
      plain: await callThrice(async (event) => handler(event)),
    };
  } catch (error) {
    if (error instanceof TandemError) return error;
    throw error;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function callThrice(call: (event: unknown) => Promise<unknown>): Promise<unknown[]> {
  const results: unknown[] = [];
  for (let event = 0; event < 3; event++) {
    try {
      results.push(shown(await call(event)));
    } catch (error) {
      results.push({ thrown: String(error) });
    }
  }
  return results;
}

/** As JSON, so that objects of two processes compare; with what JSON leaves out. */
function shown(value: unknown): unknown {
  const text = JSON.stringify(value, (_key, each: unknown) => {
    if (typeof each === "bigint") return `${each}n`;
    if (typeof each === "number" && !Number.isFinite(each)) return String(each);
    if (each === undefined) return "undefined";
    return each;
  });
  return text === undefined ? "undefined" : (JSON.parse(text) as unknown);
}

import * as fs from "node:fs";
import * as path from "node:path";

/** The page of an error: a path that is there, from the folder that the command or the program runs in. */
export function errorPage(code: string): string {
  const file = path.join(packageFolder(), "docs", "errors.md");
  return `${path.relative(process.cwd(), file).split(path.sep).join("/")}#${code.toLowerCase()}`;
}

/** This package's folder: compiled code lies one folder deeper in it than its source. */
function packageFolder(): string {
  const above = path.resolve(__dirname, "../..");
  return fs.existsSync(path.join(above, "package.json")) ? above : path.dirname(above);
}

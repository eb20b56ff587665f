// Compiles the library into dist/. The few files that are JavaScript (they load TypeScript, or run inside functions'
// processes) are copied as they are.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, globSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);
for (const file of globSync("{components,engine,cli,testing}/**/*.{js,d.ts}")) cpSync(file, path.join("dist", file));
// What is left of a source that is gone would be published with the rest.
for (const file of globSync("dist/**/*.{js,js.map,d.ts}")) {
  const source = path.relative("dist", file).replace(/\.(js|js\.map|d\.ts)$/, "");
  if (![".ts", ".js", ".d.ts"].some((extension) => existsSync(source + extension))) rmSync(file);
}
const command = "dist/cli/index.js";
if (existsSync(command)) chmodSync(command, 0o755);

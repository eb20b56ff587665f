// Compiles the library into dist/. The few files that are JavaScript (they load TypeScript, or run inside functions'
// processes) are copied as they are.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, globSync, existsSync } from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);
for (const file of globSync("{components,engine,cli,testing}/**/*.js")) cpSync(file, path.join("dist", file));
const command = "dist/cli/index.js";
if (existsSync(command)) chmodSync(command, 0o755);

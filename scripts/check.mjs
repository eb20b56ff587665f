// Everything that CI holds against a change, besides the tests: `npm run check`. Runs all of it, and says at the end
// what failed.
import { spawnSync } from "node:child_process";

const checks = [
  ["types", "tsc", ["-p", "tsconfig.json"]],
  ["lint", "eslint", ["."]],
  ["format", "prettier", ["--check", ".", "--log-level", "warn"]],
  ["fences", "depcruise", ["components", "engine", "cli", "testing", "--output-type", "err"]],
  ["unused", "knip", []],
];
const failed = [];
for (const [name, command, args] of checks) {
  const started = Date.now();
  const { status } = spawnSync(command, args, { stdio: "inherit", shell: process.platform === "win32" });
  const took = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? "ok    " : "FAILED"} ${name} (${took} s)`);
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(`failed: ${failed.join(", ")}`);
  process.exit(1);
}

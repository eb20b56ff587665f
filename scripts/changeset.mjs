// Runs changesets on the library alone. It does not see a root package beside workspaces, and the examples are not
// released; so package.json is without its workspaces meanwhile.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const { workspaces } = JSON.parse(readFileSync("package.json", "utf8"));
const write = (manifest) => writeFileSync("package.json", `${JSON.stringify(manifest, null, 2)}\n`);
const without = (manifest) => Object.fromEntries(Object.entries(manifest).filter(([key]) => key !== "workspaces"));
const read = () => JSON.parse(readFileSync("package.json", "utf8"));

write(without(read()));
// The command is a child: an interrupt ends it, and package.json is put right all the same.
process.on("SIGINT", () => undefined);
try {
  const changeset = createRequire(import.meta.url).resolve("@changesets/cli/bin.js");
  const { status } = spawnSync(process.execPath, [changeset, ...process.argv.slice(2)], { stdio: "inherit" });
  process.exitCode = status ?? 1;
} finally {
  // In its old place, so that only a new version shows as a change.
  const entries = Object.entries(read());
  const at = entries.findIndex(([key]) => key === "engines");
  write(Object.fromEntries([...entries.slice(0, at), ["workspaces", workspaces], ...entries.slice(at)]));
}

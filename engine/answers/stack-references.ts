import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { EngineError } from "../errors";
import type { Properties } from "../graph/resource";
import type { Project } from "../monitor/project";
import { secretMark } from "../monitor/wire";
import { readOutputs, stackFolder } from "../stack-folder";

/** Folders that hold no projects. */
const passed = new Set(["node_modules", ".git", ".tandem", "dist"]);
/** How many folders down from the repository's root a project is looked for. */
const deepest = 4;

/**
 * The outputs of another stack, for `pulumi.StackReference`: what this stack's configuration gives for it
 * (`tandem:stackReferences`), else what the last `tandem up` of that stack has written, in a project of that name
 * in the same repository or beside this one.
 * @param place where this project really is, if it is recorded from a copy
 * @throws `ERR_STACK_REFERENCE` where there are none
 */
export function referencedOutputs(reference: string, project: Project, place = project.root): Properties {
  const given = (project.settings["stackReferences"] as Record<string, Properties> | undefined)?.[reference];
  if (given !== undefined) return { name: reference, outputs: given, secretOutputNames: [] };
  const parts = reference.split("/");
  const stack = parts.at(-1) ?? "";
  // `organization/project/stack`, or a stack of this project.
  const name = parts.length === 1 ? project.name : parts.at(-2);
  const root = name === project.name ? place : findProject(place, name ?? "");
  const found = root === undefined ? undefined : readOutputs(stackFolder(root, stack));
  if (found === undefined) {
    throw new EngineError(
      "ERR_STACK_REFERENCE",
      root === undefined
        ? "no project of that name is in this repository or beside this project, and the stack's configuration has no values for it"
        : `that stack has never been up on this machine, and the stack's configuration has no values for it`,
      (root === undefined ? "" : `run: tandem up ${path.relative(process.cwd(), root) || "."} --stack ${stack}\nor `) +
        `give its outputs in Pulumi.${project.stack}.yaml, under config:\n  tandem:stackReferences:\n    ${reference}:\n      someOutput: value`,
      reference,
    );
  }
  const secret = new Set(found.secrets);
  const outputs = Object.entries(found.outputs).map(([key, value]) => [
    key,
    secret.has(key) ? secretMark(value) : value,
  ]);
  return { name: reference, outputs: Object.fromEntries(outputs) as Properties, secretOutputNames: found.secrets };
}

function findProject(from: string, name: string): string | undefined {
  const repository = rootOf(from);
  return search(repository ?? path.dirname(from), name, repository === undefined ? 1 : deepest);
}

function rootOf(folder: string): string | undefined {
  for (let current = folder; ; current = path.dirname(current)) {
    if (fs.existsSync(path.join(current, ".git"))) return current;
    if (current === path.dirname(current)) return undefined;
  }
}

function search(folder: string, name: string, left: number): string | undefined {
  if (projectName(folder) === name) return folder;
  if (left === 0) return undefined;
  for (const entry of entriesOf(folder)) {
    if (!entry.isDirectory() || passed.has(entry.name)) continue;
    const found = search(path.join(folder, entry.name), name, left - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What a folder holds; nothing where it cannot be read, as other people's may not. */
function entriesOf(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function projectName(folder: string): unknown {
  try {
    return (parse(fs.readFileSync(path.join(folder, "Pulumi.yaml"), "utf8")) as { name?: unknown } | null)?.name;
  } catch {
    return undefined;
  }
}

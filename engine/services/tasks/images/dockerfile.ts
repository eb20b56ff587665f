import { DockerfileParser, type Flag, type Instruction, type ModifiableInstruction } from "dockerfile-ast";
import { expandWord, splitWords, type Lookup } from "./dockerfile-words";

/** One instruction of a Dockerfile, in one line and without comments. */
export interface DockerfileStep {
  /** In capitals. */
  readonly keyword: string;
  /** `--from=build` and the like, before the arguments. */
  readonly flags: ReadonlyMap<string, string>;
  /** The arguments as they were written. */
  readonly text: string;
  /** The arguments where they were written as a JSON list. */
  readonly list: readonly string[] | undefined;
  /** Counted from 1. */
  readonly line: number;
  /** Whether it has a here-document, which only BuildKit understands. */
  readonly hasHeredoc: boolean;
}

/** A stage: from one FROM to the next. */
export interface DockerfileStage {
  /** In lower case; undefined where it has no name. */
  readonly name: string | undefined;
  /** What it starts from: a stage's name or an image. */
  readonly base: string;
  readonly line: number;
  readonly steps: readonly DockerfileStep[];
}

/** A Dockerfile, taken apart. */
export interface Dockerfile {
  readonly stages: readonly DockerfileStage[];
  /** The arguments before the first FROM, with what they are. */
  readonly globals: ReadonlyMap<string, string>;
  /** `\`, or what the directive `escape` says. */
  readonly escape: string;
  /** Whether only BuildKit builds it: here-documents, mounts of RUN, newer flags of COPY, and platform arguments. */
  readonly needsBuildKit: boolean;
}

// What Docker's first builder knows; https://docs.docker.com/reference/dockerfile/ has the flags that came with BuildKit.
const classicFlags = new Set(["from", "chown", "platform", "interval", "timeout", "start-period", "retries"]);

/** Takes a Dockerfile apart. Throws an error that names the line. */
export function parseDockerfile(text: string, args: Readonly<Record<string, string>>): Dockerfile {
  const parsed = DockerfileParser.parse(text);
  const escape = parsed.getEscapeCharacter();
  const steps = parsed.getInstructions().map((instruction) => stepOf(instruction, escape));
  const globals = new Map<string, string>(Object.entries(platformArguments()));
  const stages: { name: string | undefined; base: string; line: number; steps: DockerfileStep[] }[] = [];
  for (const step of steps) {
    if (step.keyword === "FROM") {
      const [base = "", as, name] = splitWords(step.text, (variable) => globals.get(variable), escape);
      if (base === "") throw new Error(`line ${step.line}: FROM names no image`);
      const isNamed = as?.toUpperCase() === "AS" && name !== undefined;
      stages.push({ name: isNamed ? name.toLowerCase() : undefined, base, line: step.line, steps: [] });
    } else if (stages.length > 0) stages.at(-1)?.steps.push(step);
    else if (step.keyword !== "ARG") throw new Error(`line ${step.line}: ${step.keyword} before the first FROM`);
    else
      for (const [name, value] of argumentsOf(step, args, escape, (variable) => globals.get(variable)))
        globals.set(name, value);
  }
  if (stages.length === 0) throw new Error("the Dockerfile has no FROM");
  return { stages, globals, escape, needsBuildKit: steps.some(isForBuildKit) };
}

/** The arguments that an ARG declares, as far as they have a value. */
export function argumentsOf(
  step: DockerfileStep,
  given: Readonly<Record<string, string>>,
  escape: string,
  lookup: Lookup,
): [string, string][] {
  return splitWords(step.text, lookup, escape).flatMap((word): [string, string][] => {
    const equals = word.indexOf("=");
    const name = equals === -1 ? word : word.slice(0, equals);
    const value = given[name] ?? (equals === -1 ? lookup(name) : word.slice(equals + 1));
    return value === undefined ? [] : [[name, value]];
  });
}

/** The variables of an ENV, in both of its forms. */
export function variablesOf(step: DockerfileStep, lookup: Lookup, escape: string): [string, string][] {
  const [, name = "", rest = ""] = /^([^\s=]+)\s+([^]*)$/.exec(step.text) ?? [];
  if (name !== "") return [[name, expandWord(rest, lookup, escape)]];
  return splitWords(step.text, lookup, escape).map((word) => {
    const equals = word.indexOf("=");
    if (equals < 1) throw new Error(`line ${step.line}: ENV needs name=value, not ${word}`);
    return [word.slice(0, equals), word.slice(equals + 1)];
  });
}

function isForBuildKit({ keyword, flags, text, hasHeredoc }: DockerfileStep): boolean {
  if (hasHeredoc || [...flags.keys()].some((flag) => !classicFlags.has(flag))) return true;
  const platforms = /\b(TARGET|BUILD)(PLATFORM|OS|ARCH|VARIANT)\b/;
  return platforms.test(flags.get("platform") ?? "") || (["ARG", "FROM"].includes(keyword) && platforms.test(text));
}

function stepOf(instruction: Instruction, escape: string): DockerfileStep {
  const keyword = instruction.getKeyword();
  const line = instruction.getRange().start.line + 1;
  const raw = instruction.getRawArgumentsContent() ?? "";
  const hasHeredoc = ["RUN", "COPY", "ADD"].includes(keyword) && /(^|\s)<<-?["']?\w/.test(raw.split("\n")[0] ?? "");
  const text = hasHeredoc ? raw : joined(raw, escape);
  const flags = new Map(flagsOf(instruction).map((flag) => [flag.getName(), flag.getValue() ?? ""]));
  return { keyword, flags, text, list: listOf(text), line, hasHeredoc };
}

function flagsOf(instruction: Instruction): readonly Flag[] {
  return "getFlags" in instruction ? (instruction as ModifiableInstruction).getFlags() : [];
}

/** Joins lines that are continued, leaving out comments and empty lines between them. */
function joined(raw: string, escape: string): string {
  const [first = "", ...rest] = raw.split(/\r?\n/);
  const lines = [first, ...rest.filter((line) => !/^\s*(#|$)/.test(line))];
  const end = new RegExp(`\\${escape}[ \\t]*$`);
  return lines
    .map((line) => line.replace(end, ""))
    .join("")
    .trim();
}

function listOf(text: string): readonly string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((item) => typeof item === "string") ? list : undefined;
  } catch {
    // As in Docker, what is no JSON is the shell's.
    return undefined;
  }
}

/** https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope */
function platformArguments(): Record<string, string> {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const platform = `linux/${architecture}`;
  return {
    TARGETPLATFORM: platform,
    TARGETOS: "linux",
    TARGETARCH: architecture,
    BUILDPLATFORM: platform,
    BUILDOS: "linux",
    BUILDARCH: architecture,
  };
}

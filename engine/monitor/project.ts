import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { EngineError } from "../errors";
import { projectFileIn } from "./project-file";
import { decryptor } from "./secrets";

const ownNamespace = "tandem:";

/** Gives a value in place of a secret that cannot be decrypted here, where none runs with it. */
export type Placeholder = (key: string, ciphertext: string) => string;

/** Options of the runtime `nodejs` in Pulumi.yaml (https://www.pulumi.com/docs/iac/languages-sdks/javascript/). */
export interface RuntimeOptions {
  /** Whether TypeScript is loaded. */
  readonly typescript: boolean;
  /** Arguments of Node.js. */
  readonly nodeargs: readonly string[];
  /** The path of a tsconfig.json, from the program's folder. */
  readonly tsconfig: string | undefined;
}

/** A Pulumi project, and one of its stacks. */
export interface Project {
  readonly name: string;
  readonly stack: string;
  /** The folder with Pulumi.yaml. */
  readonly root: string;
  /** The program's working directory: where relative paths start. */
  readonly folder: string;
  /** What is run, relative to `folder`: `.` or a file. */
  readonly main: string;
  readonly config: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
  /** What is configured for this machine alone, under the namespace `tandem`, which programs do not see. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly runtimeOptions: RuntimeOptions;
  /** The files that were read. */
  readonly files: readonly string[];
}

/**
 * Reads a project as the Pulumi CLI does: Pulumi.yaml, and the stack's Pulumi.<stack>.yaml where there is one.
 * @param overrides `key=value` from `--config`; a key without a namespace is the project's
 * @param placeholder what to do with secrets that cannot be decrypted; they are an error by default
 * @throws `ERR_PROJECT_…`, `ERR_STACK_NAME`, `ERR_CONFIG_…`
 */
export function readProject(
  start: string,
  stack: string,
  overrides: readonly string[] = [],
  placeholder?: Placeholder,
): Project {
  const root = path.resolve(start);
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/.test(stack)) {
    throw new EngineError(
      "ERR_STACK_NAME",
      "the stack has a name that Pulumi does not take",
      "use letters, digits, hyphens, underscores and dots, like --stack dev",
      JSON.stringify(stack),
    );
  }
  const file = projectFileIn(root);
  if (file === undefined) {
    throw new EngineError(
      "ERR_PROJECT_MISSING",
      fs.existsSync(root) ? "the folder is no Pulumi project: it has no Pulumi.yaml" : "the folder does not exist",
      'go to the project\'s folder, name it (tandem up path/to/project), or create a Pulumi.yaml with "name: my-app" and "runtime: nodejs"',
      root,
    );
  }
  const project = readYaml(file) as { name?: unknown; runtime?: unknown; main?: unknown; config?: unknown };
  if (typeof project.name !== "string") {
    throw new EngineError("ERR_PROJECT_FILE", "the project has no name", "add a line like: name: my-app", file);
  }
  const runtime = typeof project.runtime === "object" ? (project.runtime as { name?: unknown })?.name : project.runtime;
  if (runtime !== "nodejs") {
    throw new EngineError(
      "ERR_PROJECT_RUNTIME",
      "the project is not in JavaScript or TypeScript",
      "tandem runs projects with runtime: nodejs",
      `runtime: ${JSON.stringify(runtime)} in ${file}`,
    );
  }
  const main = path.resolve(root, typeof project.main === "string" ? project.main : ".");
  const isFolder = fs.statSync(main, { throwIfNoEntry: false })?.isDirectory() !== false;
  const stackFile = path.join(root, `Pulumi.${stack}.yaml`);
  const { config, secretKeys, settings } = readConfig(project.name, stackFile, project.config, overrides, placeholder);
  return {
    name: project.name,
    stack,
    root,
    folder: isFolder ? main : path.dirname(main),
    main: isFolder ? "." : path.basename(main),
    config,
    secretKeys,
    settings,
    runtimeOptions: readRuntimeOptions(project.runtime),
    files: fs.existsSync(stackFile) ? [file, stackFile] : [file],
  };
}

function readRuntimeOptions(runtime: unknown): RuntimeOptions {
  const { options } = (typeof runtime === "object" && runtime !== null ? runtime : {}) as { options?: object | null };
  const { typescript, nodeargs, tsconfig } = (options ?? {}) as Partial<Record<keyof RuntimeOptions, unknown>>;
  return {
    typescript: typescript !== false,
    nodeargs: typeof nodeargs === "string" ? shellWords(nodeargs) : [],
    tsconfig: typeof tsconfig === "string" && tsconfig !== "" ? tsconfig : undefined,
  };
}

/** Words as a shell takes them apart. */
function shellWords(text: string): string[] {
  return [...text.matchAll(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/g)].map(([word]) =>
    word.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/g, (_, double?: string, single?: string, escaped?: string) =>
      double === undefined ? (single ?? escaped ?? "") : double.replace(/\\(["\\$`])/g, "$1"),
    ),
  );
}

function readYaml(file: string): object {
  try {
    const content: unknown = parse(fs.readFileSync(file, "utf8"));
    return typeof content === "object" && content !== null ? content : {};
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    throw new EngineError(
      "ERR_PROJECT_FILE",
      `${path.basename(file)} cannot be read`,
      "correct the file",
      `${file}: ${reason}`,
    );
  }
}

function readConfig(
  project: string,
  stackFile: string,
  defaults: unknown,
  overrides: readonly string[],
  placeholder: Placeholder | undefined,
): { config: Record<string, string>; secretKeys: string[]; settings: Record<string, unknown> } {
  const stack = fs.existsSync(stackFile) ? (readYaml(stackFile) as { config?: object; encryptionsalt?: string }) : {};
  const config: Record<string, string> = {};
  const settings: Record<string, unknown> = {};
  const secretKeys: string[] = [];
  const undecrypted: string[] = [];
  const qualified = (key: string): string => (key.includes(":") ? key : `${project}:${key}`);
  const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
  for (const [key, value] of Object.entries((defaults ?? {}) as Record<string, unknown>)) {
    if (key.startsWith(ownNamespace)) {
      settings[key.slice(ownNamespace.length)] = value;
      continue;
    }
    const isDeclaration = typeof value === "object" && value !== null && !Array.isArray(value);
    const plain = isDeclaration
      ? ((value as { value?: unknown }).value ?? (value as { default?: unknown }).default)
      : value;
    if (plain !== undefined) config[qualified(key)] = asText(plain);
  }
  const decrypt = decryptor(stack.encryptionsalt, process.env.PULUMI_CONFIG_PASSPHRASE);
  for (const [key, value] of Object.entries((stack.config ?? {}) as Record<string, unknown>)) {
    if (key.startsWith(ownNamespace)) {
      settings[key.slice(ownNamespace.length)] = value;
      continue;
    }
    const secure = typeof value === "object" && value !== null ? (value as { secure?: unknown }).secure : undefined;
    if (typeof secure !== "string") {
      config[qualified(key)] = asText(value);
      continue;
    }
    const plain = decrypt(secure) ?? placeholder?.(qualified(key), secure);
    secretKeys.push(qualified(key));
    if (plain === undefined) undecrypted.push(qualified(key));
    else config[qualified(key)] = plain;
  }
  for (const override of overrides) {
    const [key, ...value] = override.split("=");
    if (key === undefined || key === "" || value.length === 0) {
      throw new EngineError(
        "ERR_CONFIG_VALUE",
        "--config takes a key and a value",
        "write --config key=value",
        override,
      );
    }
    config[qualified(key)] = value.join("=");
  }
  const missing = undecrypted.filter((key) => config[key] === undefined);
  if (missing.length > 0) {
    throw new EngineError(
      "ERR_CONFIG_SECRET",
      "the stack's configuration has secrets that cannot be decrypted here",
      `set PULUMI_CONFIG_PASSPHRASE, or give values for this machine: ${missing.map((key) => `--config ${key}=…`).join(" ")}`,
      missing.join(", "),
    );
  }
  return { config, secretKeys, settings };
}

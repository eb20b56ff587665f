import type { Command } from "commander";
import * as fs from "node:fs";
import { constants } from "node:os";
import { EngineError } from "../../engine/errors";
import { red } from "../colours";
import { stackOptions } from "../stack-options";

/** `tandem run`, `tandem invoke` and `tandem exec`: things to start by hand. */
export function registerRun(program: Command): void {
  const repeated = (value: string, before: string[]): string[] => [...before, value];
  stackOptions(
    program
      .command("run")
      .description("run a task of the running program, and wait for its end")
      .argument("<task>", "the task's name in the program")
      .option("-e, --env <key=value>", "an environment variable of the run; may be repeated", repeated, []),
  ).action(async (name: string, options) => {
    const { runTask } = require("../run-task") as typeof import("../run-task");
    const { RunningStack } = require("../running") as typeof import("../running");
    const environment = (options.env as string[]).map((pair) => {
      const at = pair.indexOf("=");
      if (at > 0) return { name: pair.slice(0, at), value: pair.slice(at + 1) };
      throw new EngineError("ERR_CONFIG_VALUE", "-e takes a name and a value", "write -e NAME=value", pair);
    });
    await runTask(await RunningStack.find(options), name, environment);
  });

  stackOptions(
    program
      .command("invoke")
      .description("call a function of the running program, and print what it returns")
      .argument("<function>", "the function's name in the program")
      .argument("[event]", "the event as JSON, a file with it, or - for standard input (default: {})"),
  ).action(async (name: string, file: string | undefined, options) => {
    const { RunningStack } = require("../running") as typeof import("../running");
    const { CommandFailure, exitCodes } = require("../exit") as typeof import("../exit");
    const stack = await RunningStack.find(options);
    const { id } = stack.resource("function", "aws:lambda/function:Function", name);
    const { InvokeCommand, LambdaClient } = await import("@aws-sdk/client-lambda");
    const payload = new TextEncoder().encode(eventText(file));
    // A function may take a quarter of an hour, and a second try would run it twice.
    const client = new LambdaClient({ ...stack.clientConfig, maxAttempts: 1 });
    const { FunctionError, Payload } = await client.send(new InvokeCommand({ FunctionName: id, Payload: payload }));
    const result = Payload?.transformToString() ?? "";
    process.stdout.write(`${FunctionError === undefined ? result : red(result)}\n`);
    if (FunctionError !== undefined) throw new CommandFailure(exitCodes.failed);
  });

  program
    .command("exec")
    .description("run a command with AWS_ENDPOINT_URL, region and credentials of the running program")
    .usage("[options] [folder] -- command...")
    .argument("[words...]")
    .option("--stack <name>", "the stack", "dev")
    .option("--data <folder>", "where data is kept, if tandem up was given --data")
    .passThroughOptions()
    .action(async (words: string[], options, command: Command) => {
      const { RunningStack } = require("../running") as typeof import("../running");
      const { folder, words: rest } = splitExec(words, command);
      const stack = await RunningStack.find({ ...options, folder });
      const { checkAwsCli } = require("../aws-cli") as typeof import("../aws-cli");
      const env = { ...withoutOwnAccess(process.env), ...stack.environment };
      await checkAwsCli(rest[0] ?? "", env);
      await execute(rest, env);
    });
}

/**
 * The environment without what stands for a person's own access to AWS: a session's token would come with the stack's key,
 * and an address of one service goes before AWS_ENDPOINT_URL.
 */
function withoutOwnAccess(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own =
    /^(AWS_SESSION_TOKEN|AWS_SECURITY_TOKEN|AWS_PROFILE|AWS_DEFAULT_PROFILE|AWS_ENDPOINT_URL_\w+|AWS_IGNORE_CONFIGURED_ENDPOINT_URLS)$/;
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !own.test(name)));
}

/** Everything after `--` is the command; one word before it is the project's folder. */
function splitExec(words: readonly string[], command: Command): { folder: string; words: string[] } {
  const dashes = process.argv.indexOf("--");
  const after = dashes < 0 ? words.length : process.argv.length - dashes - 1;
  // Commander leaves the dashes in once it has seen a word.
  const before = dashes < 0 ? [] : words.slice(0, words.length - after).filter((word) => word !== "--");
  const rest = dashes < 0 ? [...words] : words.slice(words.length - after);
  if (rest.length === 0 || before.length > 1) command.error("error: write tandem exec [folder] -- command...");
  return { folder: before[0] ?? ".", words: rest };
}

function eventText(given: string | undefined): string {
  if (given === undefined) return "{}";
  const text = isJsonText(given) ? given : readEvent(given);
  try {
    JSON.parse(text);
    return text;
  } catch (error) {
    throw new EngineError(
      "ERR_CONFIG_VALUE",
      "the event is no JSON",
      isJsonText(given)
        ? "correct the text; a shell takes quotation marks away unless the whole is in '…'"
        : "correct the file",
      `${given}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Whether an argument is JSON itself: no file has a name that begins like an object, a list or a text. */
function isJsonText(given: string): boolean {
  return /^\s*[{["]/.test(given);
}

function readEvent(file: string): string {
  try {
    return fs.readFileSync(file === "-" ? 0 : file, "utf8");
  } catch {
    throw new EngineError("ERR_NOT_FOUND", "the file with the event cannot be read", "correct the path", file);
  }
}

async function execute(words: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const { spawn } = await import("node:child_process");
  const { CommandFailure } = require("../exit") as typeof import("../exit");
  const [command = "", ...args] = words;
  const child = spawn(command, args, { stdio: "inherit", env });
  // The terminal sends Ctrl-C to the child as well, which decides what it means.
  process.on("SIGINT", () => undefined);
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "ENOENT" || error.code === "EACCES"
          ? new EngineError(
              "ERR_NOT_FOUND",
              error.code === "ENOENT" ? "there is no such command" : "the command is no program that can be run",
              "install it, or correct its name",
              command,
            )
          : error,
      ),
    );
    child.once("exit", (exitCode, signal) =>
      resolve(exitCode ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
  if (code !== 0) throw new CommandFailure(code);
}

import type { Command } from "commander";
import { cyan, dim } from "../colours";
import { wholeNumber } from "../numbers";
import type { RunningStack } from "../running";
import { stackOptions } from "../stack-options";

/** `tandem ls` and `tandem logs`: a look at the running program. */
export function registerShow(program: Command): void {
  stackOptions(
    program
      .command("ls")
      .description("list what runs, the objects of a bucket, or the messages of a queue")
      .argument("[name]", "a bucket's or queue's name in the program")
      .option(
        "--limit <number>",
        "of a queue, at most so many messages, the oldest first",
        wholeNumber(1, 1_000_000_000),
        1000,
      )
      .option("--json", "print one JSON object a line (docs/json-events.md)", false),
  ).action(async (name: string | undefined, options) => {
    const { RunningStack } = require("../running") as typeof import("../running");
    const { listContent, listStack } = require("../listing") as typeof import("../listing");
    const stack = await RunningStack.find(options);
    const print = (value: object, text: string): void =>
      void process.stdout.write(`${options.json === true ? JSON.stringify(value) : text}\n`);
    if (name === undefined) return listStack(stack, print);
    const hasMore = await listContent(stack, name, options.limit as number, print);
    if (hasMore) process.stderr.write(`there are more: --limit ${(options.limit as number) * 10}\n`);
  });

  stackOptions(
    program
      .command("logs")
      .description("show the logs of a function or a task, or of all as they come")
      .argument("[name]", "the function's or task's name in the program (default: all, from now on)")
      .option("-f, --follow", "go on with what is printed from now on", false)
      .option("-n, --lines <number>", "how many earlier lines", wholeNumber(0, 1_000_000_000), 100),
  ).action(async (name: string | undefined, options) => {
    const { RunningStack } = require("../running") as typeof import("../running");
    const stack = await RunningStack.find(options);
    if (name !== undefined) await printTail(stack, name, options.lines as number);
    if (name === undefined || options.follow === true) await follow(stack, name);
  });
}

async function printTail(stack: RunningStack, name: string, lines: number): Promise<void> {
  const { logText } = require("../log-text") as typeof import("../log-text");
  const group = logGroupOf(stack, name);
  if (lines === 0) return;
  const shown: string[] = [];
  // An invocation has up to three lines of Lambda's own that are not shown.
  for await (const event of stack.logs(group, lines * 4)) {
    const text = logText(event);
    if (text !== undefined) shown.push(`${dim(new Date(event.timestamp).toISOString())} ${text}\n`);
  }
  for (const line of shown.slice(-lines)) process.stdout.write(line);
}

/** The log group of a function or a task: the one beside it, under the same component, or that of a plain function. */
function logGroupOf(stack: RunningStack, name: string): string {
  const { unknownName } = require("../find-resource") as typeof import("../find-resource");
  const groups = stack.resources.filter(({ type }) => type === "aws:cloudwatch/logGroup:LogGroup");
  const found = groups.find((group) => group.name === `${name}-logs` || [group.name, group.id].includes(name));
  if (found !== undefined) return found.id;
  const functions = stack.resources.filter(({ type }) => type === "aws:lambda/function:Function");
  const plain = functions.find((each) => each.name === name || each.id === name);
  if (plain !== undefined) {
    const logging = plain.outputs["loggingConfig"] as { readonly logGroup?: string } | undefined;
    return logging?.logGroup ?? `/aws/lambda/${plain.id}`;
  }
  const names = new Set([
    ...groups.map((group) => group.name.replace(/-logs$/, "")),
    ...functions.map((each) => each.name),
  ]);
  throw unknownName(
    "nothing of that name has logs",
    name,
    [...names],
    "the program has no functions, tasks or log groups",
  );
}

async function follow(stack: RunningStack, name: string | undefined): Promise<void> {
  const end = new AbortController();
  const { CommandFailure, exitCodes } = require("../exit") as typeof import("../exit");
  process.once("SIGINT", () => end.abort());
  const { followedText } = require("../log-text") as typeof import("../log-text");
  const { nameColumn, namesOf } = require("../name-column") as typeof import("../name-column");
  const column = nameColumn(namesOf(stack.resources), process.stdout);
  for await (const event of stack.events(end.signal)) {
    const text = followedText(event);
    if (text === undefined || (name !== undefined && text.name !== name)) continue;
    process.stdout.write(`${cyan(column(text.name))} ${text.text}\n`);
  }
  if (end.signal.aborted) throw new CommandFailure(exitCodes.interrupted);
  process.stderr.write("tandem up has ended: nothing more is printed\n");
  throw new CommandFailure(exitCodes.failed);
}

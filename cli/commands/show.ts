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
  const { CloudWatchLogsClient, FilterLogEventsCommand } = await import("@aws-sdk/client-cloudwatch-logs");
  const group = logGroupOf(stack, name);
  const client = new CloudWatchLogsClient(stack.clientConfig);
  const { events = [] } = await client.send(new FilterLogEventsCommand({ logGroupName: group, limit: 10_000 }));
  for (const { timestamp = 0, message = "" } of events.slice(Math.max(0, events.length - lines))) {
    const text = readable(message.trimEnd());
    if (text !== undefined) process.stdout.write(`${dim(new Date(timestamp).toISOString())} ${text}\n`);
  }
}

/** The text in a record of Lambda's JSON logs: what was printed, or how an invocation ended. Other lines as they are. */
function readable(line: string): string | undefined {
  let record: { message?: unknown; type?: string; record?: { status?: string; metrics?: { durationMs?: number } } };
  try {
    record = JSON.parse(line) as typeof record;
  } catch {
    return line;
  }
  if (record.type === "platform.report") {
    return dim(`${record.record?.status ?? "ended"} in ${record.record?.metrics?.durationMs ?? 0} ms`);
  }
  if (record.type?.startsWith("platform.") === true) return undefined;
  if (typeof record !== "object" || record.message === undefined) return line;
  return typeof record.message === "string" ? record.message : JSON.stringify(record.message);
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
  for await (const event of stack.events(end.signal)) {
    if (event.type !== "log" || (name !== undefined && event.name !== name)) continue;
    process.stdout.write(`${cyan(String(event.name).padEnd(16))} ${String(event.line)}\n`);
  }
  if (end.signal.aborted) throw new CommandFailure(exitCodes.interrupted);
  process.stderr.write("tandem up has ended: nothing more is printed\n");
  throw new CommandFailure(exitCodes.failed);
}

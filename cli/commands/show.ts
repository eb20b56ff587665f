import type { Command } from "commander";
import { bold, cyan, dim } from "../colours";
import type { RunningResource, RunningStack } from "../running";
import { stackOptions } from "../stack-options";

/** What `tandem ls` lists, by type. */
const listed: Readonly<Record<string, string>> = {
  "aws:s3/bucket:Bucket": "bucket",
  "aws:lambda/function:Function": "function",
  "aws:ecs/taskDefinition:TaskDefinition": "task",
};

/** `tandem ls` and `tandem logs`: a look at the running program. */
export function registerShow(program: Command): void {
  stackOptions(
    program
      .command("ls")
      .description("list what runs, or the objects of a bucket")
      .argument("[bucket]", "a bucket's name in the program")
      .option("--json", "print one JSON object a line", false),
  ).action(async (bucket: string | undefined, options) => {
    const { RunningStack } = require("../running") as typeof import("../running");
    const stack = await RunningStack.find(options);
    const print = (value: object, text: string): void =>
      void process.stdout.write(`${options.json === true ? JSON.stringify(value) : text}\n`);
    if (bucket !== undefined) return listObjects(stack, bucket, print);
    for (const resource of stack.resources) {
      const noun = listed[resource.type];
      if (noun === undefined) continue;
      const name = shownName(resource);
      print(
        { kind: noun, name, id: resource.id },
        `${dim(noun.padEnd(9))} ${bold(name.padEnd(24))} ${dim(resource.id)}`,
      );
    }
    for (const [name, value] of Object.entries(stack.stackOutputs)) {
      print({ kind: "output", name, value }, `${dim("output   ")} ${bold(name.padEnd(24))} ${JSON.stringify(value)}`);
    }
  });

  stackOptions(
    program
      .command("logs")
      .description("show the logs of a function or a task, or of all as they come")
      .argument("[name]", "the function's or task's name in the program (default: all, from now on)")
      .option("-f, --follow", "go on with what is printed from now on", false)
      .option("-n, --lines <number>", "how many earlier lines", "100"),
  ).action(async (name: string | undefined, options) => {
    const { RunningStack } = require("../running") as typeof import("../running");
    const stack = await RunningStack.find(options);
    if (name !== undefined) await printTail(stack, name, Number(options.lines));
    if (name === undefined || options.follow === true) await follow(stack, name);
  });
}

/** A task definition is known by its family, which is the Task's own name. */
function shownName({ type, id, name }: RunningResource): string {
  return listed[type] === "task" ? id : name;
}

async function listObjects(
  stack: RunningStack,
  name: string,
  print: (value: object, text: string) => void,
): Promise<void> {
  const { id } = stack.resource("bucket", "aws:s3/bucket:Bucket", name);
  const { paginateListObjectsV2 } = await import("@aws-sdk/client-s3");
  for await (const page of paginateListObjectsV2({ client: stack.s3() }, { Bucket: id })) {
    for (const { Key: key = "", Size: size = 0, LastModified: time } of page.Contents ?? []) {
      print(
        { key, size, lastModified: time },
        `${String(size).padStart(12)}  ${dim(time?.toISOString() ?? "")}  ${key}`,
      );
    }
  }
}

async function printTail(stack: RunningStack, name: string, lines: number): Promise<void> {
  const { CloudWatchLogsClient, FilterLogEventsCommand } = await import("@aws-sdk/client-cloudwatch-logs");
  const group = logGroupOf(stack, name);
  const client = new CloudWatchLogsClient(stack.clientConfig);
  const { events = [] } = await client.send(new FilterLogEventsCommand({ logGroupName: group, limit: 10_000 }));
  for (const { timestamp = 0, message = "" } of events.slice(-lines)) {
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

/** The log group beside a function or a task: both have one of their own, under the same component. */
function logGroupOf(stack: RunningStack, name: string): string {
  const { EngineError } = require("../../engine/errors") as typeof import("../../engine/errors");
  const groups = stack.resources.filter(({ type }) => type === "aws:cloudwatch/logGroup:LogGroup");
  const found = groups.find((group) => group.name === `${name}-logs` || group.id === name);
  if (found !== undefined) return found.id;
  const names = groups.map((group) => group.name.replace(/-logs$/, "")).join(", ");
  throw new EngineError("ERR_NOT_FOUND", "nothing of that name has logs", `use one of ${names}`, JSON.stringify(name));
}

async function follow(stack: RunningStack, name: string | undefined): Promise<void> {
  const end = new AbortController();
  const { CommandFailure, exitCodes } = require("../exit") as typeof import("../exit");
  process.once("SIGINT", () => end.abort());
  for await (const event of stack.events(end.signal)) {
    if (event.type !== "log" || (name !== undefined && event.name !== name)) continue;
    process.stdout.write(`${cyan(String(event.name).padEnd(16))} ${String(event.line)}\n`);
  }
  throw new CommandFailure(end.signal.aborted ? exitCodes.interrupted : exitCodes.failed);
}

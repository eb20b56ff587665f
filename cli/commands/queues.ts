import type { Command } from "commander";
import { green } from "../colours";
import { CommandFailure, exitCodes } from "../exit";
import { wholeNumber } from "../numbers";
import type { Redriven } from "../redrive";
import { stackOptions } from "../stack-options";

/** `tandem send` and `tandem redrive`: messages of the running program. */
export function registerQueues(program: Command): void {
  const repeated = (value: string, before: string[]): string[] => [...before, value];
  stackOptions(
    program
      .command("send")
      .description("send a message to a queue of the running program")
      .argument("<queue>", "the queue's name in the program")
      .argument("<body>", "the message as JSON, or - for standard input")
      .option("--raw", "send it as it is, also where it is no JSON", false)
      .option("--group <name>", 'its group (default in a FIFO queue: "default")')
      .option("--deduplication-id <id>", "by what a FIFO queue knows that it is a duplicate (default: its content)")
      .option("--delay <seconds>", "how long it is held back, 0 to 900", wholeNumber(0, 900))
      .option("--attribute <key=value>", "a value besides the body; may be repeated", repeated, [])
      .option("--json", "print one JSON object", false)
      .addHelpText("after", `\nExamples:\n  tandem send jobs '{"scene":"a"}'\n  tandem send jobs - < job.json`),
  ).action(async (name: string, body: string, options) => {
    const { RunningStack } = require("../running") as typeof import("../running");
    const { readBody, sendMessage } = require("../send-message") as typeof import("../send-message");
    const stack = await RunningStack.find(options);
    const text = body === "-" ? await readBody(process.stdin, name) : body;
    const { queue, id } = await sendMessage(stack, name, text, options);
    const shown = options.json === true ? JSON.stringify({ queue, id }) : `${green("sent")} ${id} to ${queue}`;
    process.stdout.write(`${shown}\n`);
  });

  stackOptions(
    program
      .command("redrive")
      .description("send a queue's dead letters back to it")
      .argument("<queue>", "the queue's name in the program, or that of its dead letters")
      .option("--json", "print one JSON object", false),
  ).action(async (name: string, options) => {
    const { RunningStack } = require("../running") as typeof import("../running");
    const { redrive, RedriveInterrupted } = require("../redrive") as typeof import("../redrive");
    const { progressLine } = require("../progress") as typeof import("../progress");
    const stack = await RunningStack.find(options);
    const interrupted = new AbortController();
    process.once("SIGINT", () => interrupted.abort());
    const progress = progressLine(process.stderr);
    const show = (moved: number, of: number): void => progress.show(`${moved} of ${of} sent back`);
    try {
      const done = await redrive(stack, name, show, interrupted.signal).finally(() => progress.clear());
      process.stdout.write(`${options.json === true ? JSON.stringify(done) : sentence(done)}\n`);
    } catch (error) {
      if (!(error instanceof RedriveInterrupted)) throw error;
      process.stderr.write(`${error.message}\n`);
      throw new CommandFailure(exitCodes.interrupted);
    }
  });
}

function sentence({ deadLetters, queues, moved, inFlight }: Redriven): string {
  const busy = inFlight === 0 ? "" : ` (${inFlight} of them in flight stay there)`;
  if (moved === 0)
    return `0 messages sent back: ${inFlight === 0 ? `${deadLetters} is empty` : `those of ${deadLetters} are in flight`}`;
  return `${green("sent back")} ${moved} ${moved === 1 ? "message" : "messages"} of ${deadLetters} to ${queues.join(", ")}${busy}`;
}

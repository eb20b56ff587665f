import { Option, type Command } from "commander";
import type { DeployedOptions } from "../aws-redrive";
import { green } from "../colours";
import { CommandFailure, exitCodes } from "../exit";
import { wholeNumber } from "../numbers";
import type { Redriven } from "../move-messages";
import type { StackOptions } from "../running";
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

  const redrive = program
    .command("redrive")
    .description("send a queue's dead letters back to it")
    .argument(
      "<queue>",
      "the queue's name in the program, or that of its dead letters; with --aws, also its URL or ARN",
    )
    .addOption(
      new Option(
        "--aws",
        "of the deployed queue, with your AWS credentials; --stack is the CLI's selected one by default",
      )
        .default(false)
        .conflicts("data"),
    )
    .option("--json", "print one JSON object", false)
    .addHelpText(
      "after",
      "\nExamples:\n  tandem redrive jobs\n  tandem redrive jobs --aws --stack prod\n  tandem redrive arn:aws:sqs:eu-west-1:123456789012:jobs --aws",
    );
  stackOptions(redrive).action(async (name: string, options) => {
    const { RedriveInterrupted } = require("../move-messages") as typeof import("../move-messages");
    const { progressLine } = require("../progress") as typeof import("../progress");
    const interrupted = new AbortController();
    process.once("SIGINT", () => interrupted.abort());
    const progress = progressLine(process.stderr);
    const show = (moved: number, of: number): void => progress.show(`${moved} of ${of} sent back`);
    const chosen = redrive.getOptionValueSource("stack") === "default" ? undefined : options.stack;
    const started = options.aws
      ? onAws(name, { folder: options.folder, stack: chosen }, show, interrupted.signal)
      : locally(name, options, show, interrupted.signal);
    try {
      const done = await started.finally(() => progress.clear());
      process.stdout.write(`${options.json === true ? JSON.stringify(done) : sentence(done)}\n`);
    } catch (error) {
      if (!(error instanceof RedriveInterrupted)) throw error;
      process.stderr.write(`${error.message}\n`);
      throw new CommandFailure(exitCodes.interrupted);
    }
  });
}

type Show = (moved: number, of: number) => void;

async function locally(name: string, options: StackOptions, show: Show, interrupted: AbortSignal): Promise<Redriven> {
  const { RunningStack } = require("../running") as typeof import("../running");
  const { checkIsHere, redrive } = require("../redrive") as typeof import("../redrive");
  checkIsHere(name);
  return redrive(await RunningStack.find(options), name, show, interrupted);
}

async function onAws(name: string, where: DeployedOptions, show: Show, interrupted: AbortSignal): Promise<Redriven> {
  const { redriveOnAws } = require("../aws-redrive") as typeof import("../aws-redrive");
  return redriveOnAws(name, where, show, interrupted);
}

function sentence({ deadLetters, queues, moved, inFlight }: Redriven): string {
  const busy = inFlight === 0 ? "" : ` (${inFlight} of them in flight stay there)`;
  if (moved === 0)
    return `0 messages sent back: ${inFlight === 0 ? `${deadLetters} is empty` : `those of ${deadLetters} are in flight`}`;
  return `${green("sent back")} ${moved} ${moved === 1 ? "message" : "messages"} of ${deadLetters} to ${queues.join(", ")}${busy}`;
}

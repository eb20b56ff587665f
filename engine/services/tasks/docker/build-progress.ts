import type { Readable } from "node:stream";
import { LineReader } from "../../functions/process-output";

const keptLines = 20;
const step = /^(Step \d+\/\d+ :|#\d+ \[)/;

/** Follows a build: hands on its steps, and keeps the end of its output for the case that it fails. */
export class BuildProgress {
  private readonly last: string[] = [];
  private lastStep = "";

  public constructor(private readonly onStep: (line: string) => void) {}

  public line(line: string): void {
    const text = line.trimEnd();
    if (text === "") return;
    if (step.test(text)) {
      this.lastStep = text;
      this.onStep(text);
    }
    this.last.push(text);
    if (this.last.length > keptLines) this.last.shift();
  }

  /** The step that failed, why, and the last lines before that. */
  public failure(reason: string): string {
    const at = this.lastStep === "" ? "" : ` at ${this.lastStep.replace(/ : /, ": ")}`;
    return [`the image could not be built${at}: ${reason}`, ...this.last.map((line) => `  ${line}`)].join("\n");
  }
}

/** One message of the engine's build or pull. */
export interface EngineMessage {
  readonly stream?: string;
  readonly status?: string;
  readonly error?: string;
}

/** Reads the engine's messages, one a line, to the end. Returns the error that it reports, if any. */
export async function followMessages(
  stream: Readable,
  onMessage: (message: EngineMessage) => void,
): Promise<string | undefined> {
  let failure: string | undefined;
  const lines = new LineReader(({ line }) => {
    if (line.trim() === "") return;
    const message = JSON.parse(line) as EngineMessage;
    failure ??= message.error;
    onMessage(message);
  });
  for await (const chunk of stream as AsyncIterable<Buffer>) lines.push(chunk);
  lines.flush();
  return failure;
}

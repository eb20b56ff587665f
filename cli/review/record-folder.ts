import { recordProgram, type Recorded } from "../../engine/record";
import { exitCodes } from "../exit";

/** How a command that only records finds a program. */
export interface RecordedOptions {
  readonly folder: string;
  readonly stack: string;
  readonly config: readonly string[];
}

/** Records a program; what it prints goes to standard error, so that output can be piped on. */
export async function recordFolder(options: RecordedOptions): Promise<Recorded> {
  const interrupt = new AbortController();
  const end = (): void => {
    interrupt.abort();
    process.exit(exitCodes.interrupted);
  };
  process.once("SIGINT", end);
  try {
    return await recordProgram({
      projectFolder: options.folder,
      stack: options.stack,
      config: options.config,
      onLine: (line) => void process.stderr.write(`${line}\n`),
      signal: interrupt.signal,
    });
  } finally {
    process.off("SIGINT", end);
  }
}

import * as path from "node:path";
import { Program, type RecordedProgram } from "./monitor/program";
import { readProject, type Placeholder, type Project } from "./monitor/project";
import { programAnswers } from "./answers/program-answers";
import { accountOf } from "./services/account";
import { systemClock } from "./services/clock";
import { makeStackFolder, stackFolder } from "./stack-folder";
import { notKept } from "./utilities/kept-resources";

export interface RecordOptions {
  /** The folder with Pulumi.yaml. */
  readonly projectFolder: string;
  /** @defaultValue `"dev"` */
  readonly stack?: string;
  /** `key=value`, over what the stack's file says. */
  readonly config?: readonly string[];
  /** Where what makes the next run faster is kept. @defaultValue that of the stack's engine */
  readonly cacheFolder?: string;
  /** A line that the program printed, or logged with `pulumi.log`. */
  readonly onLine?: (line: string, level: "info" | "warning" | "error") => void;
  /** Gives values in place of secrets that cannot be decrypted. @defaultValue they are an error */
  readonly placeholder?: Placeholder;
  /** Where the project really is, if this is a copy of an earlier revision: other stacks are looked for from there. */
  readonly place?: string;
  /** Ends the program's process when it is aborted. */
  readonly signal?: AbortSignal;
}

/** A program that was recorded while nothing ran. */
export interface Recorded extends RecordedProgram {
  readonly project: Project;
}

/**
 * Runs a program as `tandem up` does, and starts nothing. Ids and ARNs are those that an engine would give: they tell
 * resources apart, and are no address of anything.
 * @throws `ERR_PROGRAM_…`, `ERR_PROJECT_…`, `ERR_STACK_NAME`, `ERR_CONFIG_…`
 */
export async function recordProgram(options: RecordOptions): Promise<Recorded> {
  const stack = options.stack ?? "dev";
  const project = readProject(options.projectFolder, stack, options.config, options.placeholder);
  const folder = stackFolder(project.root, stack);
  if (options.cacheFolder === undefined) makeStackFolder(folder);
  const program = new Program({
    answers: programAnswers({
      project: () => project,
      account: accountOf(project.config),
      kept: notKept(),
      place: options.place,
    }),
    clock: systemClock,
    cacheFolder: options.cacheFolder ?? path.join(folder, "program"),
    onLine: options.onLine ?? (() => undefined),
  });
  const end = (): void => program.close();
  options.signal?.addEventListener("abort", end);
  try {
    return { project, ...(await program.run(project)) };
  } finally {
    options.signal?.removeEventListener("abort", end);
    program.close();
  }
}

import type { ImageBuild } from "./task-definition";

/** What a container runs from, how, and who hears what it prints. */
export interface ContainerSpec {
  readonly taskId: string;
  /** The task's name in the program. */
  readonly taskName: string;
  /** The image's reference; where `build` is set, only a name for what is built. */
  readonly image: string;
  readonly build: ImageBuild | undefined;
  readonly entryPoint: readonly string[] | undefined;
  readonly command: readonly string[] | undefined;
  readonly workingDirectory: string | undefined;
  /** The whole environment, besides what the image itself sets. */
  readonly environment: Readonly<Record<string, string>>;
  /** MB; undefined for no limit. */
  readonly memory: number | undefined;
  onLine(line: string): void;
  /** Aborted when the task is stopped before it runs. */
  readonly signal: AbortSignal;
}

/** How a container ended. */
export interface ContainerExit {
  readonly exitCode: number | undefined;
  /** In ECS's words: `OutOfMemoryError: …`. Undefined where the exit code says all. */
  readonly reason?: string;
}

/** A container that runs. */
export interface RunningContainer {
  readonly exited: Promise<ContainerExit>;
  /** Asks it to end, and kills it after `grace` milliseconds. Asking again can only shorten the time. */
  stop(grace: number): void;
}

/** Where containers run: in a Docker engine, or as processes of this machine. */
export interface ContainerRuntime {
  readonly mode: "docker" | "host";
  /** Makes the image ready and starts a container. Throws a {@link ContainerError}. */
  start(spec: ContainerSpec): Promise<RunningContainer>;
}

/** Waits for `work`, but no longer than until the task is stopped; what others may need as well goes on. */
export function unlessStopped<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const give = (): void =>
      reject(new ContainerError("CannotStartContainerError", "the task was stopped before it ran"));
    if (signal.aborted) give();
    signal.addEventListener("abort", give, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", give));
  });
}

/**
 * Why a container did not start, in the codes of ECS
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html).
 */
export class ContainerError extends Error {
  public constructor(
    public readonly code: "CannotPullContainerError" | "CannotStartContainerError" | "ResourceInitializationError",
    message: string,
  ) {
    super(message);
    this.name = "ContainerError";
  }
}

import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { LineReader } from "../../functions/process-output";
import type { ImageBuild } from "../task-definition";

interface BuildxBuild {
  readonly build: ImageBuild;
  /** The context, as a tar archive. */
  readonly archive: Readable;
  /** Its Dockerfile, in the archive. */
  readonly dockerfile: string;
  readonly tag: string;
  onLine(line: string): void;
}

/** The docker command's plugin, for what only BuildKit builds: that has no HTTP API which a build could simply be sent to. */
export class Buildx {
  /**
   * @param host the engine's `DOCKER_HOST`; undefined for the command's own choice
   * @param abort ends what runs
   */
  public constructor(
    private readonly host: string | undefined,
    private readonly abort: AbortSignal,
  ) {}

  public async isThere(): Promise<boolean> {
    return (await this.run(["buildx", "version"])) === 0;
  }

  /** @returns the command's exit code */
  public build({ build, archive, dockerfile, tag, onLine }: BuildxBuild): Promise<number> {
    const secrets = Object.entries(build.secrets);
    const variable = (index: number): string => `TANDEM_BUILD_SECRET_${index}`;
    const words = [
      ...["buildx", "build", "--load", "--progress=plain", "--tag", tag, "--file", dockerfile],
      ...(build.target === undefined ? [] : ["--target", build.target]),
      ...Object.entries(build.args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
      // By way of the environment, which other users of this machine cannot see, unlike a command line.
      ...secrets.flatMap(([id], index) => ["--secret", `id=${id},env=${variable(index)}`]),
      "-",
    ];
    const environment = Object.fromEntries(secrets.map(([, value], index) => [variable(index), value]));
    return this.run(words, { environment, input: archive, onLine });
  }

  private run(
    words: readonly string[],
    options: { environment?: Record<string, string>; input?: Readable; onLine?: (line: string) => void } = {},
  ): Promise<number> {
    const host = this.host === undefined ? {} : { DOCKER_HOST: this.host };
    const child = spawn("docker", words, {
      env: { ...process.env, ...host, ...options.environment },
      stdio: ["pipe", "pipe", "pipe"],
      signal: this.abort,
    });
    for (const stream of [child.stdout, child.stderr]) {
      const lines = new LineReader(({ line }) => options.onLine?.(line));
      stream.on("data", (chunk: Buffer) => lines.push(chunk));
      stream.on("end", () => lines.flush());
    }
    // A build that fails early does not read the rest; its exit code tells.
    child.stdin.on("error", () => undefined);
    if (options.input === undefined) child.stdin.end();
    else pipeline(options.input, child.stdin).catch(() => undefined);
    return new Promise((resolve) => {
      // As a shell says that there is no such command.
      child.on("error", () => resolve(127));
      child.on("close", (code) => resolve(code ?? 1));
    });
  }
}

import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { EngineEvents } from "../../engine-events";
import { LineReader } from "../../functions/process-output";
import { ContainerError } from "../container-runtime";
import { BuildContexts, type BuildContext } from "../images/build-context";
import { parseDockerfile } from "../images/dockerfile";
import type { ImageBuild } from "../task-definition";
import { BuildProgress, followMessages } from "./build-progress";
import { contextArchive } from "./context-archive";
import type { DockerEngine } from "./find-docker";

/** Builds images in a Docker engine, once for each state of their files, and fetches those that exist elsewhere. */
export class ImageStore {
  private readonly contexts = new BuildContexts();
  /** What is built or fetched right now: runs that need the same wait for the same. */
  private readonly running = new Map<string, Promise<void>>();
  private readonly announced = new Set<string>();

  public constructor(
    private readonly engine: DockerEngine,
    private readonly events: EngineEvents,
  ) {}

  /** The tag of an image made of a Dockerfile; it is built unless there is one of these very files. */
  public async built(build: ImageBuild, taskName: string): Promise<string> {
    this.announcePlatform(build, taskName);
    const context = await this.contexts.read(build).catch((error: unknown) => {
      throw failed(`the build's files cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    });
    const tag = `tandem/${taskName.toLowerCase()}:${context.hash.slice(0, 32)}`;
    await this.once(tag, async () => {
      if (!(await this.isThere(tag))) await this.build(build, context, tag, taskName);
    });
    return tag;
  }

  /** The name under which the engine has an image that exists; it is pulled where it is not there. */
  public async existing(reference: string, taskName: string): Promise<string> {
    // How a reference is pinned where there is no registry to ask for a digest.
    const name = reference.replace(/@tag:/, ":");
    await this.once(name, async () => {
      if (!(await this.isThere(name))) await this.pull(name, taskName);
    });
    return name;
  }

  private async once(key: string, work: () => Promise<void>): Promise<void> {
    let running = this.running.get(key);
    if (running === undefined) {
      running = work().finally(() => this.running.delete(key));
      this.running.set(key, running);
    }
    await running;
  }

  private async isThere(name: string): Promise<boolean> {
    try {
      await this.engine.docker.getImage(name).inspect();
      return true;
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode === 404) return false;
      throw error;
    }
  }

  private async pull(name: string, taskName: string): Promise<void> {
    this.say(taskName, `pulling ${name}`);
    try {
      const stream = (await this.engine.docker.pull(name)) as Readable;
      const failure = await followMessages(stream, () => undefined);
      if (failure !== undefined) throw new Error(failure);
    } catch (error) {
      throw failed(`the image ${name} could not be pulled: ${messageOf(error)}`);
    }
  }

  private async build(build: ImageBuild, context: BuildContext, tag: string, taskName: string): Promise<void> {
    const dockerfile = readDockerfile(context, build);
    const progress = new BuildProgress((line) => this.say(taskName, line));
    this.say(taskName, "building its image");
    const needsBuildKit = dockerfile.needsBuildKit || Object.keys(build.secrets).length > 0;
    if (needsBuildKit) await this.buildWithCommand(build, context, tag, progress);
    else await this.buildWithEngine(build, context, tag, progress);
  }

  private async buildWithEngine(
    build: ImageBuild,
    context: BuildContext,
    tag: string,
    progress: BuildProgress,
  ): Promise<void> {
    const { archive, dockerfile } = contextArchive(build, context);
    let failure: string | undefined;
    try {
      const stream = await this.engine.docker.buildImage(archive, {
        ...{ t: tag, dockerfile, rm: true, forcerm: true, buildargs: { ...build.args } },
        ...(build.target === undefined ? {} : { target: build.target }),
      });
      failure = await followMessages(stream as Readable, ({ stream: text = "" }) => {
        for (const line of text.split("\n")) progress.line(line);
      });
    } catch (error) {
      failure = messageOf(error);
    } finally {
      archive.destroy();
    }
    if (failure !== undefined) throw failed(progress.failure(failure));
  }

  /** BuildKit has no plain HTTP API, so what only it builds goes through the docker command. */
  private async buildWithCommand(
    build: ImageBuild,
    context: BuildContext,
    tag: string,
    progress: BuildProgress,
  ): Promise<void> {
    const host = this.engine.host === undefined ? {} : { DOCKER_HOST: this.engine.host };
    if ((await run("docker", ["buildx", "version"], { ...process.env, ...host })) !== 0) {
      throw failed(
        `${build.dockerfile} needs BuildKit (mounts, here-documents or secrets): install the docker command with buildx`,
      );
    }
    const { archive, dockerfile } = contextArchive(build, context);
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
    const code = await run("docker", words, { ...process.env, ...host, ...environment }, archive, (line) =>
      progress.line(line),
    );
    if (code !== 0) throw failed(progress.failure(`docker buildx ended with exit code ${code}`));
  }

  /** Images are made for this machine, where they run without emulation; what is deployed may be for another. */
  private announcePlatform({ platform }: ImageBuild, taskName: string): void {
    if (platform === undefined || platform === this.engine.platform || this.announced.has(taskName)) return;
    this.announced.add(taskName);
    const message = `task ${taskName} is built for ${this.engine.platform} here, and for ${platform} when it is deployed`;
    this.events.emit({ type: "notice", level: "info", message });
  }

  private say(name: string, line: string): void {
    this.events.emit({ type: "log", source: "task", name, line });
  }
}

function readDockerfile(context: BuildContext, build: ImageBuild): ReturnType<typeof parseDockerfile> {
  try {
    return parseDockerfile(context.dockerfile, build.args);
  } catch (error) {
    throw failed(`${build.dockerfile}: ${messageOf(error)}`);
  }
}

/** Runs a program to its end. @returns its exit code, 127 where it is not there */
async function run(
  program: string,
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
  input?: Readable,
  onLine: (line: string) => void = () => undefined,
): Promise<number> {
  const child = spawn(program, words, { env: environment, stdio: ["pipe", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) {
    const lines = new LineReader(({ line }) => onLine(line));
    stream.on("data", (chunk: Buffer) => lines.push(chunk));
    stream.on("end", () => lines.flush());
  }
  // A build that fails early does not read the rest; its exit code tells.
  if (input !== undefined) pipeline(input, child.stdin).catch(() => undefined);
  else child.stdin.end();
  child.stdin.on("error", () => undefined);
  return new Promise((resolve) => {
    child.on("error", () => resolve(127));
    child.on("close", (code) => resolve(code ?? 1));
  });
}

function failed(message: string): ContainerError {
  return new ContainerError("CannotPullContainerError", message);
}

/** An engine's error in its own words, without what dockerode puts in front. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { json } = error as Error & { json?: { message?: unknown } };
  return typeof json?.message === "string" ? json.message : error.message;
}

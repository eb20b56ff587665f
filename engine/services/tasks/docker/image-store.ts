import type { Readable } from "node:stream";
import type { EngineEvents } from "../../engine-events";
import { ContainerError } from "../container-runtime";
import { BuildContexts, type BuildContext } from "../images/build-context";
import { parseDockerfile } from "../images/dockerfile";
import type { ImageBuild } from "../task-definition";
import { BuildProgress, followMessages } from "./build-progress";
import { Buildx } from "./buildx";
import { contextArchive } from "./context-archive";
import type { DockerEngine } from "./find-docker";
import { SharedWork } from "./shared-work";

interface BuildJob {
  readonly build: ImageBuild;
  readonly context: BuildContext;
  readonly tag: string;
  /** Aborted when nobody waits for the image any more. */
  readonly abort: AbortSignal;
}

/** Builds images in a Docker engine, once for each state of their files, and fetches those that exist elsewhere. */
export class ImageStore {
  private readonly contexts = new BuildContexts();
  private readonly work = new SharedWork();
  private readonly announced = new Set<string>();

  public constructor(
    private readonly engine: DockerEngine,
    private readonly events: EngineEvents,
  ) {}

  /** The tag of an image made of a Dockerfile; it is built unless there is one of these very files. */
  public async built(build: ImageBuild, taskName: string, signal: AbortSignal): Promise<string> {
    this.announcePlatform(build, taskName);
    const context = await this.contexts.read(build).catch((error: unknown) => {
      throw failed(`the build's files cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    });
    const tag = `tandem/${taskName.toLowerCase()}:${context.hash.slice(0, 32)}`;
    await this.work.run(tag, signal, async (abort) => {
      if (!(await this.isThere(tag))) await this.build({ build, context, tag, abort }, taskName);
    });
    return tag;
  }

  /** The name under which the engine has an image that exists; it is pulled where it is not there. */
  public async existing(reference: string, taskName: string, signal: AbortSignal): Promise<string> {
    // How a reference is pinned where there is no registry to ask for a digest.
    const name = reference.replace(/@tag:/, ":");
    await this.work.run(name, signal, async (abort) => {
      if (!(await this.isThere(name))) await this.pull(name, taskName, abort);
    });
    return name;
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

  private async pull(name: string, taskName: string, abort: AbortSignal): Promise<void> {
    this.say(taskName, `pulling ${name}`);
    try {
      const stream = (await this.engine.docker.pull(name, { abortSignal: abort })) as Readable;
      const failure = await followMessages(stream, () => undefined);
      if (failure !== undefined) throw new Error(failure);
    } catch (error) {
      throw failed(`the image ${name} could not be pulled: ${messageOf(error)}`);
    }
  }

  private async build(job: BuildJob, taskName: string): Promise<void> {
    const { build, context } = job;
    const dockerfile = readDockerfile(context, build);
    const progress = new BuildProgress((line) => this.say(taskName, line));
    this.say(taskName, "building its image");
    const needsBuildKit = dockerfile.needsBuildKit || Object.keys(build.secrets).length > 0;
    if (needsBuildKit) await this.buildWithCommand(job, progress);
    else await this.buildWithEngine(job, progress);
  }

  private async buildWithEngine({ build, context, tag, abort }: BuildJob, progress: BuildProgress): Promise<void> {
    const { archive, dockerfile } = contextArchive(build, context);
    let failure: string | undefined;
    try {
      const stream = await this.engine.docker.buildImage(archive, {
        ...{ t: tag, dockerfile, abortSignal: abort, rm: true, forcerm: true, buildargs: { ...build.args } },
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
  private async buildWithCommand({ build, context, tag, abort }: BuildJob, progress: BuildProgress): Promise<void> {
    const command = new Buildx(this.engine.host, abort);
    if (!(await command.isThere())) {
      throw failed(`${build.dockerfile} needs BuildKit: install the docker command with its buildx plugin`);
    }
    const { archive, dockerfile } = contextArchive(build, context);
    try {
      const code = await command.build({ build, archive, dockerfile, tag, onLine: (line) => progress.line(line) });
      if (code !== 0) throw failed(progress.failure(`docker buildx ended with exit code ${code}`));
    } finally {
      archive.destroy();
    }
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

function failed(message: string): ContainerError {
  return new ContainerError("CannotPullContainerError", message);
}

/** An engine's error in its own words, without what dockerode puts in front. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { json } = error as Error & { json?: { message?: unknown } };
  return typeof json?.message === "string" ? json.message : error.message;
}

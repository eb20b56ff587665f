import * as fs from "node:fs/promises";
import { constants } from "node:os";
import * as path from "node:path";
import type { Clock } from "../../clock";
import type { EngineEvents } from "../../engine-events";
import { ContainerError, type ContainerRuntime, type ContainerSpec, type RunningContainer } from "../container-runtime";
import { BuildContexts } from "../images/build-context";
import { parseDockerfile } from "../images/dockerfile";
import type { ImageBuild } from "../task-definition";
import { copyFolder, HostImageBuilder, type HostImage } from "./host-image";
import { mapPaths } from "./host-paths";
import { HostProcess } from "./host-process";
import { findProgram, findUnexecutable, HostPrograms } from "./host-programs";
import { howToAllow, MissingPrograms, whereToGet } from "./missing-programs";

interface HostRuntimeOptions {
  /** Keeps `images`, by their hash, and `runs`, by the task's id. */
  readonly folder: string;
  readonly clock: Clock;
  readonly events: EngineEvents;
  readonly projectFolder: string;
  /** Why there is no Docker engine, for people. */
  readonly because: string;
}

interface PreparedImage {
  /** The folder that stands for the container's `/`; every run gets a copy. */
  readonly root: string;
  readonly image: HostImage;
}

/**
 * Host mode: where no Docker engine answers, the final stage of a Dockerfile is interpreted, and its program runs as a
 * process of this machine in a copy of the image's files. What RUN would install has to be on this machine; memory is
 * not limited, and nothing keeps the process inside its folder.
 */
export class HostRuntime implements ContainerRuntime {
  public readonly mode = "host";
  private readonly contexts = new BuildContexts();
  private readonly programs: HostPrograms;
  private readonly preparing = new Map<string, Promise<PreparedImage>>();
  private readonly announced = new Set<string>();

  public constructor(private readonly options: HostRuntimeOptions) {
    this.programs = new HostPrograms(options.projectFolder);
  }

  public async start(spec: ContainerSpec): Promise<RunningContainer> {
    if (spec.build === undefined) {
      const message = `the image ${spec.image.replace("@tag:", ":")} is not built here, so running it needs Docker (${this.options.because})`;
      throw new ContainerError("CannotPullContainerError", message);
    }
    const { root, image } = await this.prepare(spec.build, spec.taskName);
    if (spec.signal.aborted)
      throw new ContainerError("CannotStartContainerError", "the task was stopped before it ran");
    const run = path.join(this.options.folder, "runs", spec.taskId);
    try {
      return await this.startIn(run, root, image, spec);
    } catch (error) {
      await fs.rm(run, { recursive: true, force: true });
      throw error;
    }
  }

  private async startIn(
    run: string,
    image: string,
    settings: HostImage,
    spec: ContainerSpec,
  ): Promise<RunningContainer> {
    const root = path.join(run, "root");
    await fs.mkdir(run, { recursive: true });
    await copyFolder(image, root);
    const [home, temporary] = [path.join(run, "home"), path.join(run, "tmp")];
    await Promise.all([fs.mkdir(home), fs.mkdir(temporary), this.linkModules(root)]);
    const bin = path.join(run, "bin");
    const problems = this.programs.link(bin);
    const words = commandLine(settings, spec).map((word) => mapPaths(word, root));
    const folder = path.join(root, path.posix.resolve("/", spec.workingDirectory ?? settings.workingDirectory));
    await fs.mkdir(folder, { recursive: true });
    const environment = Object.fromEntries(
      Object.entries({ ...settings.environment, ...spec.environment }).map(([name, value]) => [
        name,
        mapPaths(value, root),
      ]),
    );
    // The project's programs come first, then the image's, then this machine's.
    const searchPath = [bin, environment["PATH"] ?? "", process.env["PATH"] ?? ""].filter(Boolean).join(":");
    const [name = "", ...rest] = words;
    const program = findProgram(name, searchPath, folder);
    const unexecutable = program === undefined ? findUnexecutable(name, searchPath, folder) : undefined;
    if (unexecutable !== undefined) {
      throw new ContainerError("CannotStartContainerError", howToAllow(name, unexecutable));
    }
    if (program === undefined) {
      throw new ContainerError("CannotStartContainerError", whereToGet(name, problems.get(name), this.options.because));
    }
    const missing = new MissingPrograms((name) => findProgram(name, searchPath, folder) === undefined);
    const child = new HostProcess({
      program,
      arguments: rest,
      folder,
      environment: { HOME: home, TMPDIR: temporary, ...environment, PATH: searchPath },
      stopSignal: signalOf(settings.stopSignal),
      clock: this.options.clock,
      onLine: (line) => {
        missing.read(line);
        spec.onLine(line);
      },
    });
    const exited = child.exited.then(async (exit) => {
      await fs.rm(run, { recursive: true, force: true });
      const lacking = exit.exitCode === 0 ? undefined : missing.first;
      return lacking === undefined
        ? exit
        : { ...exit, reason: whereToGet(lacking, problems.get(lacking), this.options.because) };
    });
    return { exited, stop: (grace) => child.stop(grace) };
  }

  private async prepare(build: ImageBuild, taskName: string): Promise<PreparedImage> {
    try {
      const context = await this.contexts.read(build);
      let prepared = this.preparing.get(context.hash);
      if (prepared === undefined) {
        prepared = this.interpret(build, context);
        this.preparing.set(context.hash, prepared);
        void prepared.catch(() => this.preparing.delete(context.hash));
      }
      const ready = await prepared;
      this.announce(taskName, context.hash, ready.image);
      return ready;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ContainerError(
        "CannotPullContainerError",
        `${build.dockerfile} cannot be used in host mode: ${reason}`,
      );
    }
  }

  private async interpret(
    build: ImageBuild,
    context: Awaited<ReturnType<BuildContexts["read"]>>,
  ): Promise<PreparedImage> {
    const folder = path.join(this.options.folder, "images", context.hash);
    const settings = path.join(folder, "image.json");
    const known = await fs.readFile(settings, "utf8").catch(() => undefined);
    const root = path.join(folder, "root");
    if (known !== undefined) return { root, image: JSON.parse(known) as HostImage };
    const dockerfile = parseDockerfile(context.dockerfile, build.args);
    const scratch = `${folder}.new`;
    await Promise.all([
      fs.rm(scratch, { recursive: true, force: true }),
      fs.rm(folder, { recursive: true, force: true }),
    ]);
    await fs.mkdir(path.join(scratch, "stages"), { recursive: true });
    const builder = new HostImageBuilder(dockerfile, context, build, path.join(scratch, "stages"));
    const image = await builder.write(path.join(scratch, "root"));
    await fs.rm(path.join(scratch, "stages"), { recursive: true });
    // The folder appears as a whole: an engine that is killed meanwhile leaves nothing that looks ready.
    await fs.writeFile(path.join(scratch, "image.json"), JSON.stringify(image));
    await fs.rename(scratch, folder);
    return { root, image };
  }

  /** Packages that RUN npm install would have brought come from the project's own. */
  private async linkModules(root: string): Promise<void> {
    const modules = this.programs.modulesFolder();
    if (modules === undefined) return;
    await fs.symlink(modules, path.join(root, "node_modules")).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }

  private announce(taskName: string, hash: string, { skipped }: HostImage): void {
    if (this.announced.has(hash)) return;
    this.announced.add(hash);
    const what =
      skipped.length === 0
        ? ""
        : `; ${skipped.join(" and ")} of its Dockerfile ${skipped.length === 1 ? "is" : "are"} skipped`;
    const message = `task ${taskName} runs in host mode (${this.options.because}), without a memory limit${what}`;
    this.options.events.emit({ type: "notice", level: "info", message });
  }
}

/** How ENTRYPOINT, CMD and what replaces them combine: https://docs.docker.com/reference/dockerfile/#understand-how-cmd-and-entrypoint-interact */
function commandLine(image: HostImage, spec: ContainerSpec): readonly string[] {
  const entryPoint = spec.entryPoint ?? image.entryPoint ?? [];
  const own = spec.entryPoint === undefined ? image.command : undefined;
  // A line for the shell takes no arguments.
  const isShell = spec.entryPoint === undefined && entryPoint[0] === "/bin/sh" && entryPoint[1] === "-c";
  const words = [...entryPoint, ...(isShell ? [] : (spec.command ?? own ?? []))];
  if (words.length > 0) return words;
  const message = `the Dockerfile has neither CMD nor ENTRYPOINT, and those of ${image.baseImage} are only known to Docker: add a CMD`;
  throw new ContainerError("CannotStartContainerError", message);
}

function signalOf(stopSignal: string): NodeJS.Signals {
  const name = stopSignal.toUpperCase().replace(/^(?!SIG|\d)/, "SIG");
  const found = Object.entries(constants.signals).find(([known, number]) => known === name || String(number) === name);
  return found === undefined ? "SIGTERM" : (found[0] as NodeJS.Signals);
}

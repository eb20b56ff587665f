import * as fs from "node:fs/promises";
import * as path from "node:path";
import type { BuildContext } from "../images/build-context";
import {
  argumentsOf,
  variablesOf,
  type Dockerfile,
  type DockerfileStage,
  type DockerfileStep,
} from "../images/dockerfile";
import { expandWord, splitWords } from "../images/dockerfile-words";
import type { ImageBuild } from "../task-definition";
import { findInContext, ImageFolder } from "./image-folder";
import { modeChanges } from "./run-modes";

/** How a container of an interpreted image starts. */
export interface HostImage {
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute, in the container. */
  readonly workingDirectory: string;
  readonly entryPoint: readonly string[] | undefined;
  readonly command: readonly string[] | undefined;
  readonly stopSignal: string;
  /** The instructions that were not carried out: `RUN`, `USER`. */
  readonly skipped: readonly string[];
  /** The image that the final stage is made from at last, which is not there. */
  readonly baseImage: string;
}

/** A stage while it is interpreted. */
interface StageState {
  environment: Record<string, string>;
  workingDirectory: string;
  entryPoint: readonly string[] | undefined;
  command: readonly string[] | undefined;
  stopSignal: string;
  readonly skipped: Set<string>;
  readonly baseImage: string;
  readonly folder: ImageFolder;
}

// What every base image has; a Dockerfile adds to it with ENV PATH=/app/bin:$PATH.
const basePath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const ignored = new Set(["LABEL", "EXPOSE", "HEALTHCHECK", "VOLUME", "MAINTAINER"]);
const noChanges = { changes: [], isAll: false };
const skippable = new Set(["USER", "SHELL", "ONBUILD"]);
const copyFlags = new Set(["from", "chown", "chmod", "link"]);
const archive = /\.(tar(\.\w+)?|tgz|tbz2?|txz)$/i;

/**
 * Interprets a Dockerfile without an engine: the files that it copies and the settings that it makes, but nothing that
 * would have to run. A stage that nothing needs is left out, as BuildKit does.
 */
export class HostImageBuilder {
  private readonly states = new Map<DockerfileStage, Promise<StageState>>();

  /** @param folder a scratch folder of this build's own, which exists */
  public constructor(
    private readonly dockerfile: Dockerfile,
    private readonly context: BuildContext,
    private readonly build: ImageBuild,
    private readonly folder: string,
  ) {}

  /** Leaves the image's files in `root`, which must not exist. Throws an error that names the Dockerfile's line. */
  public async write(root: string): Promise<HostImage> {
    const { target } = this.build;
    const stage = target === undefined ? this.dockerfile.stages.at(-1) : this.stageNamed(target);
    if (stage === undefined) throw new Error(`the Dockerfile has no stage ${target ?? ""}`);
    const { folder, skipped, ...settings } = await this.stateOf(stage);
    await fs.rename(folder.root, root);
    return { ...settings, skipped: [...skipped] };
  }

  /** A stage by its name, or by its number from 0. */
  private stageNamed(name: string, before = this.dockerfile.stages.length): DockerfileStage | undefined {
    const { stages } = this.dockerfile;
    const earlier = stages.slice(0, before);
    return (
      earlier.findLast((stage) => stage.name === name.toLowerCase()) ??
      (/^\d+$/.test(name) ? earlier[Number(name)] : undefined)
    );
  }

  private stateOf(stage: DockerfileStage): Promise<StageState> {
    let state = this.states.get(stage);
    if (state === undefined) this.states.set(stage, (state = this.interpret(stage)));
    return state;
  }

  private async interpret(stage: DockerfileStage): Promise<StageState> {
    const index = this.dockerfile.stages.indexOf(stage);
    const root = path.join(this.folder, String(index));
    const parent = this.stageNamed(stage.base, index);
    const base = parent === undefined ? undefined : await this.stateOf(parent);
    if (base === undefined) await fs.mkdir(root);
    else await copyFolder(base.folder.root, root);
    const state: StageState = {
      environment: base === undefined ? { PATH: basePath } : { ...base.environment },
      workingDirectory: base?.workingDirectory ?? "/",
      entryPoint: base?.entryPoint,
      command: base?.command,
      stopSignal: base?.stopSignal ?? "SIGTERM",
      skipped: new Set(base?.skipped),
      baseImage: base?.baseImage ?? stage.base,
      folder: new ImageFolder(root),
    };
    const run = new StageRun(state, this.dockerfile, this.build, (step) => this.sourcesOf(step, index));
    for (const step of stage.steps) {
      try {
        await run.step(step);
      } catch (error) {
        throw new Error(`line ${step.line}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return state;
  }

  private async sourcesOf(
    step: DockerfileStep,
    index: number,
  ): Promise<(pattern: string) => ReturnType<ImageFolder["find"]>> {
    const from = step.flags.get("from");
    if (from === undefined) return (pattern) => Promise.resolve(findInContext(this.context, pattern));
    const stage = this.stageNamed(from, index);
    if (stage === undefined) throw new Error(`COPY --from=${from} takes files of another image, which needs Docker`);
    const { folder } = await this.stateOf(stage);
    return (pattern) => folder.find(pattern);
  }
}

/** The steps of one stage, in order. */
class StageRun {
  private readonly args = new Map<string, string>();
  private hasCommand = false;

  public constructor(
    private readonly state: StageState,
    private readonly dockerfile: Dockerfile,
    private readonly build: ImageBuild,
    private readonly sourcesOf: (step: DockerfileStep) => Promise<(pattern: string) => ReturnType<ImageFolder["find"]>>,
  ) {}

  public async step(step: DockerfileStep): Promise<void> {
    const { state } = this;
    const { escape } = this.dockerfile;
    switch (step.keyword) {
      case "ARG":
        for (const [name, value] of argumentsOf(step, this.build.args, escape, this.global)) this.args.set(name, value);
        return;
      case "ENV":
        // All of one ENV see what was before it.
        state.environment = { ...state.environment, ...Object.fromEntries(variablesOf(step, this.lookup, escape)) };
        return;
      case "WORKDIR":
        state.workingDirectory = path.posix.resolve(state.workingDirectory, expandWord(step.text, this.lookup, escape));
        return state.folder.makeFolder(state.workingDirectory);
      case "COPY":
      case "ADD":
        return this.copy(step);
      case "ENTRYPOINT":
        state.entryPoint = commandOf(step);
        // A CMD of the base belongs to the base's ENTRYPOINT.
        if (!this.hasCommand) state.command = undefined;
        return;
      case "CMD":
        state.command = commandOf(step);
        this.hasCommand = true;
        return;
      case "STOPSIGNAL":
        state.stopSignal = expandWord(step.text, this.lookup, escape);
        return;
      case "RUN": {
        const { changes, isAll } = step.hasHeredoc ? noChanges : modeChanges(step.list, step.text);
        for (const { mode, files, isRecursive } of changes) {
          const found = files.map((file) => path.posix.resolve(state.workingDirectory, file));
          for (const file of found) await state.folder.changeMode(file, mode, isRecursive);
        }
        if (!isAll) state.skipped.add(step.keyword);
        return;
      }
      default:
        if (skippable.has(step.keyword)) state.skipped.add(step.keyword);
        else if (!ignored.has(step.keyword)) throw new Error(`unknown instruction ${step.keyword}`);
    }
  }

  private async copy(step: DockerfileStep): Promise<void> {
    const { keyword, flags } = step;
    const { workingDirectory, folder } = this.state;
    if (step.hasHeredoc) throw new Error(`${keyword} with a here-document needs Docker`);
    const unknown = [...flags.keys()].find((flag) => !copyFlags.has(flag));
    if (unknown !== undefined) throw new Error(`${keyword} --${unknown} needs Docker`);
    const { escape } = this.dockerfile;
    const words =
      step.list?.map((word) => expandWord(word, this.lookup, escape)) ?? splitWords(step.text, this.lookup, escape);
    const to = words.pop();
    if (to === undefined || words.length === 0) throw new Error(`${keyword} needs a source and a destination`);
    const refused =
      keyword === "ADD" ? words.find((word) => /^(\w+:\/\/|git@)/.test(word) || archive.test(word)) : undefined;
    if (refused !== undefined) throw new Error(`ADD of ${refused} downloads or unpacks, which needs Docker`);
    const find = await this.sourcesOf(step);
    const sources = [];
    for (const word of words) {
      const found = await find(word);
      if (found.length === 0) throw new Error(notFound(step, word));
      sources.push(...found);
    }
    const isFolder = /\/\.?$/.test(to);
    if (sources.length > 1 && !isFolder)
      throw new Error(`${keyword} of several files needs a destination that ends in /`);
    const absolute = path.posix.resolve(workingDirectory, to);
    await folder.copy(sources, isFolder && absolute !== "/" ? `${absolute}/` : absolute, modeOf(flags.get("chmod")));
  }

  private readonly lookup = (name: string): string | undefined => this.state.environment[name] ?? this.args.get(name);

  /** A declared argument without a default has the one from before the first FROM. */
  private readonly global = (name: string): string | undefined =>
    this.lookup(name) ?? this.dockerfile.globals.get(name);
}

/** Copies an image's files, links as they are. */
export function copyFolder(from: string, to: string): Promise<void> {
  return fs.cp(from, to, { recursive: true, verbatimSymlinks: true, mode: fs.constants.COPYFILE_FICLONE });
}

/** What a CMD or ENTRYPOINT runs; a line is for the shell. */
function commandOf({ list, text }: DockerfileStep): readonly string[] {
  return list ?? ["/bin/sh", "-c", text];
}

function modeOf(chmod: string | undefined): number | undefined {
  if (chmod === undefined) return undefined;
  if (!/^[0-7]{3,4}$/.test(chmod)) throw new Error(`--chmod=${chmod} needs Docker; a number such as 755 does not`);
  return parseInt(chmod, 8);
}

function notFound({ keyword, flags }: DockerfileStep, word: string): string {
  const from = flags.get("from");
  if (from === undefined)
    return `${keyword} ${word}: no such file in the build's context (or .dockerignore leaves it out)`;
  return `${keyword} --from=${from} ${word}: there is no such file without RUN, which is skipped in host mode: Docker is needed`;
}

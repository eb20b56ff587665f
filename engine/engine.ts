import * as path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { programAnswers } from "./answers/program-answers";
import { Changes, isInert } from "./apply";
import { EngineError } from "./errors";
import { ownFilesOf, hashOfPath } from "./assets/archive-file";
import { diffGraphs, type Graph } from "./graph/diff";
import type { Properties, RecordedResource } from "./graph/resource";
import { Program } from "./monitor/program";
import { readProject, type Project } from "./monitor/project";
import { accountOf } from "./services/account";
import type { Clock } from "./services/clock";
import { systemClock } from "./services/clock";
import { openDatabase } from "./services/database";
import { EngineEvents } from "./services/engine-events";
import { closeServices, startServices } from "./services/lifecycle";
import { createServices, type Services } from "./services/services";
import { HeldStackFolder, readAddress, stackFolder } from "./stack-folder";
import { twinOf } from "./twins";
import { DynamicProviders } from "./utilities/dynamic-provider";
import { keptInDatabase } from "./utilities/kept-resources";
import { controlRequests } from "./control";

export interface EngineOptions {
  /** The folder with Pulumi.yaml. */
  readonly projectFolder: string;
  /** @defaultValue `"dev"` */
  readonly stack?: string;
  /** The port of the endpoint. @defaultValue that of the last run, else any free one */
  readonly port?: number;
  /** Where the stacks' data folders are. @defaultValue `.tandem` in the project */
  readonly data?: string;
  /** `key=value`, over what the stack's file says. */
  readonly config?: readonly string[];
  /** Starts without the data of earlier runs. @defaultValue `false` */
  readonly fresh?: boolean;
  readonly clock?: Clock;
}

/** Runs a Pulumi program on this machine. */
export class Engine {
  public readonly engineEvents: EngineEvents;
  public readonly services: Services;
  public readonly folder: string;
  private readonly clock: Clock;
  private readonly program: Program;
  private readonly database: DatabaseSync;
  private current: Graph = new Map();
  /** What runs of it: all but what has failed. */
  private applied: Graph = new Map();
  private readonly changes: Changes;
  private readonly dynamic: DynamicProviders;
  private outputs: Properties = {};
  private watched: readonly string[] = [];
  private programFiles: ReadonlySet<string> = new Set();
  private lastRecorded = 0;
  private listeningPort = 0;
  private upMilliseconds = 0;
  private busy: Promise<unknown> = Promise.resolve();
  /** The reload that waits for the one that runs. */
  private waiting: Promise<void> | undefined;
  private closing: Promise<void> | undefined;

  private constructor(
    private readonly options: EngineOptions,
    private readonly held: HeldStackFolder,
    private project: Project,
    clock: Clock,
  ) {
    this.clock = clock;
    this.folder = held.folder;
    this.engineEvents = new EngineEvents(() => clock.now());
    this.database = openDatabase(path.join(held.folder, "engine.db"));
    this.services = createServices({
      folder: held.folder,
      projectFolder: project.folder,
      database: this.database,
      clock,
      engineEvents: this.engineEvents,
      port: () => this.listeningPort,
      account: accountOf(project.config),
      control: controlRequests(this),
    });
    this.changes = new Changes(this.services);
    const kept = keptInDatabase(this.database);
    this.dynamic = new DynamicProviders(() => this.project, kept);
    this.program = new Program({
      answers: programAnswers({
        project: () => this.project,
        account: this.services.account,
        kept,
        dynamic: this.dynamic,
        reserve: async (resource) => twinOf(resource.type)?.reserve?.(resource, this.services),
      }),
      clock: systemClock,
      cacheFolder: path.join(held.folder, "program"),
      onLine: (message, level) => this.engineEvents.emit({ type: "notice", level, message }),
    });
  }

  /**
   * Takes the stack's data folder. Nothing runs yet: listen to {@link Engine.engineEvents}, then call {@link Engine.up}.
   * @throws `ERR_PROJECT_…`, `ERR_STACK_…`, `ERR_CONFIG_…`, `ERR_DATA_FOLDER`
   */
  public static open(options: EngineOptions): Engine {
    const stack = options.stack ?? "dev";
    const project = readProject(options.projectFolder, stack, options.config);
    const held = HeldStackFolder.take(stackFolder(project.root, stack, options.data), stack);
    try {
      if (options.fresh === true) held.empty();
      return new Engine(options, held, project, options.clock ?? systemClock);
    } catch (error) {
      held.release();
      throw error;
    }
  }

  /** What runs now. */
  public get graph(): Graph {
    return this.current;
  }

  /** What the program exports. */
  public get stackOutputs(): Properties {
    return this.outputs;
  }

  /** The files of the program that runs: a change of one calls for {@link Engine.reload}. */
  public get files(): readonly string[] {
    return this.watched;
  }

  /** Whether a file that was saved makes the program another one: what is packed anew may be the same. */
  public isNews(file: string): boolean {
    if (this.programFiles.has(file)) return true;
    const archives = [...this.current.values()].flatMap(({ inputs }) => ownFilesOf(inputs));
    return archives.some(
      ({ path: packed, hash }) =>
        (file === packed || file.startsWith(packed + path.sep)) && hashOfPath(packed) !== hash,
    );
  }

  /** When the program was last started, in milliseconds since the epoch: what is saved later calls for a reload. */
  public get recordedAt(): number {
    return this.lastRecorded;
  }

  /** Resources that nothing on this machine stands for. */
  public get inert(): readonly RecordedResource[] {
    return [...this.current.values()].filter(isInert);
  }

  /** Why resources of the program did not come up; the others have. */
  public get failures(): readonly Error[] {
    return [...this.changes.failures.values()];
  }

  /** How long the last {@link Engine.up} took, in milliseconds. */
  public get readiness(): { readonly milliseconds: number } {
    return { milliseconds: this.upMilliseconds };
  }

  public get port(): number {
    return this.listeningPort;
  }

  /** The project and stack, for people. */
  public get title(): string {
    return `${this.project.name} · ${this.project.stack}`;
  }

  public get projectRoot(): string {
    return this.project.root;
  }

  /**
   * Runs the program and brings up what it registers.
   * @param check gets what the program has registered before anything of it is made; where it throws, nothing is
   * @throws `ERR_PROGRAM_…`, `ERR_PORT_IN_USE`; then nothing runs. An `Error` if the engine is closed meanwhile.
   */
  public up(check?: (graph: Graph) => void): Promise<void> {
    return this.exclusively(() => this.bringUp(check));
  }

  private async bringUp(check?: (graph: Graph) => void): Promise<void> {
    const started = this.clock.now();
    this.refuseIfClosed();
    // The port is part of what functions are told, so it comes first.
    await this.listen();
    this.refuseIfClosed();
    const after = await this.record();
    check?.(after);
    await this.apply(after);
    this.refuseIfClosed();
    await startServices(this.services);
    await this.services.httpApis.open();
    this.upMilliseconds = this.clock.now() - started;
    this.engineEvents.emit({ type: "ready", port: this.listeningPort, milliseconds: this.upMilliseconds });
    this.program.prepare(this.project);
  }

  /**
   * Runs the program again and touches only what has changed. One that fails changes nothing. One reload runs at a time
   * and at most one waits: a call that comes while one waits returns that one, which reads the files as they are then.
   * @throws `ERR_PROGRAM_…`, `ERR_PROJECT_…`
   */
  public reload(): Promise<void> {
    this.waiting ??= this.exclusively(async () => {
      this.waiting = undefined;
      if (this.isClosed) return;
      this.project = readProject(this.options.projectFolder, this.options.stack ?? "dev", this.options.config);
      try {
        const started = this.clock.now();
        const after = await this.record();
        if (this.isClosed) return;
        await this.apply(after);
        await this.services.httpApis.open();
        this.engineEvents.emit({ type: "program", status: "applied", milliseconds: this.clock.now() - started });
      } finally {
        this.program.prepare(this.project);
      }
    });
    return this.waiting;
  }

  /** Resolves once no event, function or task is under way. */
  public async idle(): Promise<void> {
    await this.busy;
    await this.services.activity.whenIdle();
  }

  /** Resolves once nothing is under way but what waits for its time, such as retries: then only the clock goes on with it. */
  public async resting(): Promise<void> {
    await this.busy;
    await this.services.activity.whenResting();
  }

  /** Ends everything, also a reload that runs or waits; what was accepted and not yet done is done after the next start. */
  public close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    this.program.close();
    this.dynamic.close();
    await this.busy;
    await closeServices(this.services);
    this.database.close();
    this.held.release();
  }

  private get isClosed(): boolean {
    return this.closing !== undefined;
  }

  private refuseIfClosed(): void {
    if (this.isClosed) throw new Error("the engine was closed before the program was up");
  }

  /** Runs `work` after everything that was asked for before it. */
  private exclusively(work: () => Promise<void>): Promise<void> {
    const next = this.busy.then(work);
    this.busy = next.catch(() => undefined);
    return next;
  }

  private async listen(): Promise<void> {
    const { endpoint, identity, account } = this.services;
    const kept = readAddress(this.folder)?.port;
    try {
      this.listeningPort = await endpoint.listen(this.options.port ?? kept ?? 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      if (this.options.port !== undefined) {
        throw new EngineError(
          "ERR_PORT_IN_USE",
          "another program uses the port",
          "end it, choose another with --port, or leave --port out",
          `port ${this.options.port}`,
        );
      }
      this.listeningPort = await endpoint.listen(0);
      this.engineEvents.emit({
        type: "notice",
        level: "warning",
        message: `port ${kept ?? 0} of the last run is in use; this one has ${this.listeningPort}`,
      });
    }
    const developer = identity.developer();
    this.held.writeAddress({ pid: process.pid, port: this.listeningPort, region: account.region, ...developer });
  }

  private async record(): Promise<Graph> {
    const started = this.clock.now();
    // Files have the machine's time, whatever the clock.
    this.lastRecorded = Date.now();
    this.engineEvents.emit({ type: "program", status: "running" });
    try {
      const { resources, stackOutputs, secretOutputs, files } = await this.program.run(this.project);
      this.outputs = stackOutputs;
      this.held.writeOutputs({ outputs: stackOutputs, secrets: secretOutputs });
      this.programFiles = new Set(files);
      const packed = [...resources.values()].flatMap(({ inputs }) => ownFilesOf(inputs)).map((archive) => archive.path);
      this.watched = [...new Set([...files, ...packed])];
      const milliseconds = this.clock.now() - started;
      this.engineEvents.emit({ type: "program", status: "recorded", milliseconds });
      return resources;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!this.isClosed) this.engineEvents.emit({ type: "program", status: "failed", message });
      throw error;
    }
  }

  /** Deletes what providers of the program's own have made, and what is kept besides, of resources that are gone. */
  private async deleteDynamic(after: Graph): Promise<void> {
    try {
      await this.dynamic.deleteAllBut(after);
    } catch (error) {
      const message = `a dynamic provider fails at deleting: ${error instanceof Error ? error.message : String(error)}`;
      this.engineEvents.emit({ type: "notice", level: "error", message });
    }
    // A program that is changed has other providers, and a process of its own costs memory.
    this.dynamic.close();
  }

  private async apply(after: Graph): Promise<void> {
    this.services.identity.acceptRegions(regionsOf(after));
    await this.changes.apply(diffGraphs(this.applied, after));
    await this.deleteDynamic(after);
    this.current = after;
    const applied = new Map(after);
    // What failed is tried again at the next change.
    for (const urn of this.changes.failures.keys()) {
      const before = this.applied.get(urn);
      if (before === undefined || !after.has(urn)) applied.delete(urn);
      else applied.set(urn, before);
    }
    this.applied = applied;
  }
}

/** The regions that a program puts resources into, by a provider or one by one. */
function regionsOf(graph: Graph): string[] {
  return [...graph.values()].flatMap(({ inputs }) => (typeof inputs["region"] === "string" ? [inputs["region"]] : []));
}

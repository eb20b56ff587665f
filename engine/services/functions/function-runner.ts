import { randomBytes } from "node:crypto";
import * as path from "node:path";
import type { Account } from "../account";
import type { Activity } from "../activity";
import type { Clock } from "../clock";
import type { EngineEvents, UnfinishedWork } from "../engine-events";
import type { LogService } from "../logs/log-service";
import { AwsError } from "../protocol/message";
import type {
  FunctionDefinition,
  InvocationResult,
  InvokeOptions,
  JudgeBatch,
  RoleCredentials,
} from "./function-definition";
import { functionEnvironment } from "./function-environment";
import { FunctionProcess } from "./function-process";
import { InvocationLog } from "./invocation-log";
import { describeOutcome } from "./invocation-outcome";
import type { FunctionPackage } from "./package-store";
import { ProcessPool } from "./process-pool";
import { ReadableTraces } from "./readable-traces";

/** One state of a function's code and configuration. */
export interface FunctionVersion {
  readonly definition: FunctionDefinition;
  readonly code: FunctionPackage;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

interface FunctionRunnerOptions {
  /** Where processes have their folders. */
  readonly folder: string;
  readonly clock: Clock;
  readonly activity: Activity;
  readonly events: EngineEvents;
  readonly logs: LogService;
  readonly account: Account;
  /** The program's working directory. */
  readonly projectFolder: string;
  /** How many processes may run at once. */
  readonly limit: number;
  credentialsFor(roleArn: string): RoleCredentials;
  endpointUrl(): string;
  /** The newest version of a function. Throws where there is none. */
  newest(name: string): FunctionVersion;
  /** An invocation of a function has ended, so that there is room for another. */
  onEnded(name: string): void;
}

/** An invocation to run. */
interface RunRequest extends InvokeOptions {
  readonly requestId: string;
  readonly payload: Buffer;
  /** Which attempt at an asynchronous event this is, from 1. */
  readonly attempt?: number;
  readonly judge?: JudgeBatch;
}

interface RunningProcess {
  readonly process: FunctionProcess;
  readonly version: FunctionVersion;
  readonly log: InvocationLog;
  readonly traces: ReadableTraces;
  readonly alive: boolean;
  kill(): void;
}

/** Runs invocations in processes, and says in the log and to the engine's listeners how they went. */
export class FunctionRunner {
  private readonly pool: ProcessPool<RunningProcess>;
  private readonly inFlight = new Map<string, number>();
  private readonly invocations = new Set<Promise<unknown>>();
  private readonly ending = new Set<Promise<void>>();
  private readonly told = new WeakMap<FunctionVersion, Set<UnfinishedWork>>();
  private processCount = 0;
  private closing: "no" | "finishing" | "killing" = "no";

  public constructor(private readonly options: FunctionRunnerOptions) {
    this.pool = new ProcessPool({
      clock: options.clock,
      limit: options.limit,
      start: (name) => this.startProcess(options.newest(name)),
      isCurrent: (running) => this.isNewest(running.version),
    });
  }

  /** Whether another invocation fits into what a function has reserved. */
  public hasRoom({ name, reservedConcurrency }: FunctionDefinition): boolean {
    return (this.inFlight.get(name) ?? 0) < (reservedConcurrency ?? Number.POSITIVE_INFINITY);
  }

  /** Runs one invocation. Throws an AwsError where it cannot be run at all. */
  public run(name: string, request: RunRequest): Promise<InvocationResult> {
    const isNested = this.isRunning(request.callerArn);
    return this.track(name, async () => {
      // A process that turns out to have ended is replaced: then only the first is announced.
      for (let isAnnounced = false; ; isAnnounced = true) {
        const result = await this.withProcess(name, isNested, (running) => this.runIn(running, request, isAnnounced));
        if (result !== undefined) return result;
      }
    });
  }

  /** Waits for a process, then runs what `prepare` makes; resolves to undefined where that is nothing. */
  public runPrepared(
    name: string,
    prepare: () => Promise<RunRequest | undefined>,
  ): Promise<InvocationResult | undefined> {
    return this.track(name, async () => {
      let request: RunRequest | undefined;
      for (let isAnnounced = false; ; isAnnounced = true) {
        const result = await this.withProcess(name, false, async (running) => {
          request ??= await prepare();
          return request && this.runIn(running, request, isAnnounced);
        });
        if (result !== undefined || request === undefined) return result;
      }
    });
  }

  /** Whether processes are killed because the engine closes: what fails now did not fail by itself. */
  public get isKilling(): boolean {
    return this.closing === "killing";
  }

  /** Lets the idle processes go that run an old version. */
  public refresh(name: string): void {
    this.pool.refresh(name);
  }

  /** Lets a function's processes go as they get idle; who waits for one is told `reason`. */
  public remove(name: string, reason: Error): void {
    this.pool.remove(name, reason);
  }

  /** Resolves when no process runs a version that is not the newest any more. */
  public async whenUnused(version: FunctionVersion): Promise<void> {
    const users = this.pool.processes().filter((running) => running.version === version);
    await Promise.all(users.map(({ process }) => process.gone));
  }

  /** Starts nothing more; lets what runs finish within `grace` milliseconds, then kills it; all is gone when this resolves. */
  public async close(grace: number): Promise<void> {
    this.closing = "finishing";
    this.pool.drain(closed());
    const timer = this.options.clock.after(grace, () => {
      this.closing = "killing";
      for (const running of this.pool.processes()) running.kill();
    });
    await Promise.allSettled(this.invocations);
    timer.cancel();
    this.pool.drain(closed());
    await Promise.all(this.ending);
  }

  private async track<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (this.closing !== "no") throw closed();
    this.inFlight.set(name, (this.inFlight.get(name) ?? 0) + 1);
    const running = this.options.activity.during(work);
    this.invocations.add(running);
    try {
      return await running;
    } finally {
      this.invocations.delete(running);
      const left = (this.inFlight.get(name) ?? 1) - 1;
      if (left > 0) this.inFlight.set(name, left);
      else this.inFlight.delete(name);
      this.options.onEnded(name);
    }
  }

  private async withProcess<T>(
    name: string,
    isNested: boolean,
    work: (running: RunningProcess) => Promise<T>,
  ): Promise<T> {
    const running = await this.pool.acquire(name, isNested);
    try {
      return await work(running);
    } finally {
      this.pool.release(running);
    }
  }

  /** @returns undefined where the process turned out to have ended before it could begin. */
  private async runIn(
    { process, version, log, traces }: RunningProcess,
    { requestId, payload, attempt, clientContext, trigger, judge }: RunRequest,
    isAnnounced: boolean,
  ): Promise<InvocationResult | undefined> {
    const { events } = this.options;
    const { definition } = version;
    const about = {
      type: "invocation",
      name: definition.displayName,
      requestId,
      ...defined({ attempt, trigger }),
    } as const;
    if (!isAnnounced) events.emit({ ...about, status: "started" });
    const measured = await process.invoke({
      requestId,
      functionArn: definition.arn,
      // The process has no clock but the machine's.
      deadline: Date.now() + definition.timeout * 1000,
      payload: payload.length === 0 ? Buffer.from("{}") : payload,
      ...defined({ clientContext }),
    });
    const { outcome } = measured;
    if (outcome.kind === "not-begun") return undefined;
    const described = describeOutcome(requestId, { ...measured, outcome }, definition, traces);
    const { status, report, logLine, error } = described;
    if (logLine !== undefined) log.timedOut(requestId, logLine);
    const stack = status === "failed" ? log.takeFailure() : undefined;
    const unprocessed = judge?.({ status, payload: described.payload });
    // What failed says more: work left under way is then named with a later one.
    const isDone = outcome.kind === "response" && unprocessed === undefined;
    const unfinished = isDone ? this.untold(version, outcome.unfinished) : undefined;
    const ended = { status, milliseconds: report.duration, ...defined({ error, stack, unprocessed, unfinished }) };
    log.ended(requestId, report, ended);
    events.emit({ ...about, ...ended, memory: report.memory });
    const functionError = status === "succeeded" ? undefined : "Unhandled";
    return { requestId, status, payload: described.payload, logTail: log.takeTail(), ...defined({ functionError }) };
  }

  /** Work that a handler has left under way, the first time that this version of its function leaves such. */
  private untold(version: FunctionVersion, work: UnfinishedWork | undefined): UnfinishedWork | undefined {
    if (work === undefined) return undefined;
    const told = this.told.get(version) ?? new Set();
    this.told.set(version, told);
    if (told.has(work)) return undefined;
    told.add(work);
    return work;
  }

  private startProcess(version: FunctionVersion): RunningProcess {
    const { definition, code } = version;
    const { account, clock } = this.options;
    const day = new Date(clock.now()).toISOString().slice(0, 10).replaceAll("-", "/");
    const logStream = `${day}/[$LATEST]${randomBytes(16).toString("hex")}`;
    const traces = new ReadableTraces({
      ...{ root: code.root, isMapped: code.isMapped, project: this.options.projectFolder },
      sources: definition.sources ?? [],
    });
    const log = new InvocationLog(definition, logStream, this.options.logs, this.options.events, traces);
    const process = new FunctionProcess({
      clock,
      root: code.root,
      scratch: path.join(this.options.folder, String(++this.processCount)),
      memory: definition.memory,
      timeout: definition.timeout,
      environment: functionEnvironment({
        definition,
        account,
        credentials: this.options.credentialsFor(definition.roleArn),
        endpointUrl: this.options.endpointUrl(),
        logStream,
        root: code.root,
      }),
      onLine: (line) => log.line(line),
      onBegin: (requestId, time) => log.started(requestId, time),
      onExit: () => this.pool.forget(running),
    });
    const running: RunningProcess = {
      process,
      version,
      log,
      traces,
      get alive() {
        return process.alive;
      },
      kill: () => process.kill(),
    };
    const gone = process.gone.finally(() => this.ending.delete(gone));
    this.ending.add(gone);
    process.start();
    return running;
  }

  private isNewest(version: FunctionVersion): boolean {
    try {
      return this.options.newest(version.definition.name) === version;
    } catch {
      return false;
    }
  }

  /** Whether the caller is a function that runs now, and so may be waiting for what it invokes. */
  private isRunning(callerArn: string | undefined): boolean {
    if (callerArn === undefined) return false;
    return this.pool.busyProcesses().some(({ version }) => version.definition.roleArn === callerArn);
  }
}

/** Leaves out what is undefined: an absent property rather than one without a value. */
function defined<T extends object>(values: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const kept: { [Key in keyof T]?: Exclude<T[Key], undefined> } = {};
  for (const key in values) {
    const value = values[key];
    if (value !== undefined) kept[key] = value as Exclude<T[typeof key], undefined>;
  }
  return kept;
}

function closed(): AwsError {
  return new AwsError("ServiceException", "The engine is closing.", 503);
}

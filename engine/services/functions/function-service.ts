import { randomBytes, randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import * as path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { Account } from "../account";
import type { Activity } from "../activity";
import type { Clock } from "../clock";
import type { EngineEvents } from "../engine-events";
import type { LogService } from "../logs/log-service";
import { AwsError, type AwsRequest, type AwsResponse } from "../protocol/message";
import type { Authorize, AwsService } from "../protocol/operation";
import type { DeadLetterSink } from "../queues/dead-letters";
import type { WorkItem } from "../queues/work-queue";
import { AsyncEvents, type EventAttempt } from "./async-events";
import type {
  FunctionDefinition,
  InvocationResult,
  InvokeAsyncOptions,
  InvokeOptions,
  RoleCredentials,
} from "./function-definition";
import { checkEnvironment, functionEnvironment } from "./function-environment";
import { FunctionProcess } from "./function-process";
import { formatFunctionError, handleFunctionRequest } from "./function-operations";
import { InvocationLog } from "./invocation-log";
import { describeOutcome } from "./invocation-outcome";
import { PackageStore, type FunctionPackage } from "./package-store";
import { ProcessPool } from "./process-pool";

export interface FunctionServiceOptions {
  /** A scratch folder: unpacked packages and the processes' own folders. */
  readonly folder: string;
  readonly database: DatabaseSync;
  readonly clock: Clock;
  readonly activity: Activity;
  readonly events: EngineEvents;
  readonly logs: LogService;
  readonly deadLetters: DeadLetterSink;
  credentialsFor(roleArn: string): RoleCredentials;
  endpointUrl(): string;
  readonly account: Account;
  readonly authorize: Authorize;
  /** A node_modules folder with the AWS SDK, as Lambda's own runtime has one. */
  readonly modulesFolder: string;
  /** How many processes may run at once. Defaults to twice the processors, at least four. */
  readonly processLimit?: number;
}

/** One state of a function's code and configuration. */
export interface FunctionVersion {
  readonly definition: FunctionDefinition;
  readonly code: FunctionPackage;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

interface RunningProcess {
  readonly process: FunctionProcess;
  readonly version: FunctionVersion;
  readonly log: InvocationLog;
  readonly alive: boolean;
  kill(): void;
}

// Bytes; https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const syncLimit = 6 * 1024 * 1024;
const asyncLimit = 1024 * 1024;
const closeGrace = 5000;

/** AWS Lambda: runs functions as child processes, from the same packages that would be deployed. */
export class FunctionService implements AwsService {
  public readonly signingName = "lambda";
  private readonly versions = new Map<string, FunctionVersion>();
  private readonly defining = new Map<string, number>();
  private readonly packages: PackageStore;
  private readonly pool: ProcessPool<RunningProcess>;
  private readonly asyncEvents: AsyncEvents;
  private readonly inFlight = new Map<string, number>();
  private readonly stopping = new Set<Promise<void>>();
  private readonly invocations = new Set<Promise<unknown>>();
  private readonly processesFolder: string;
  private processCount = 0;
  private closing: "no" | "finishing" | "killing" = "no";

  public constructor(private readonly options: FunctionServiceOptions) {
    const limit = options.processLimit ?? Math.max(4, 2 * availableParallelism());
    this.processesFolder = path.join(options.folder, "processes");
    this.packages = new PackageStore(path.join(options.folder, "code"), options.modulesFolder);
    this.pool = new ProcessPool({
      clock: options.clock,
      limit,
      start: (name) => this.startProcess(this.find(name)),
      isCurrent: ({ version }) => this.versions.get(version.definition.name) === version,
    });
    this.asyncEvents = new AsyncEvents({
      database: options.database,
      clock: options.clock,
      activity: options.activity,
      events: options.events,
      deadLetters: options.deadLetters,
      limit,
      definition: (name) => this.versions.get(name)?.definition,
      run: (definition, item) => this.runEvent(definition, item),
    });
  }

  /**
   * Creates a function or changes it. Invocations that run finish on the old code, whatever comes next runs on the new;
   * a definition that changes nothing leaves its warm processes alone.
   */
  public async define(definition: FunctionDefinition): Promise<void> {
    checkEnvironment(definition.environment);
    const { name } = definition;
    const turn = (this.defining.get(name) ?? 0) + 1;
    this.defining.set(name, turn);
    const code = await this.packages.acquire(definition.zipFile);
    const old = this.versions.get(name);
    // A later call was faster, or the function was removed meanwhile; or nothing is new.
    if (this.defining.get(name) !== turn || (old !== undefined && isSame(old, definition, code))) {
      return this.packages.release(code);
    }
    this.versions.set(name, { definition, code, modified: this.options.clock.now() });
    this.pool.refresh(name);
    this.asyncEvents.queue.open(name);
    if (old !== undefined) this.releaseCode(old);
  }

  /** Removes a function with the events that wait for it, as AWS does; what runs finishes. */
  public async remove(name: string): Promise<void> {
    this.defining.set(name, (this.defining.get(name) ?? 0) + 1);
    const version = this.versions.get(name);
    if (version === undefined) return;
    this.versions.delete(name);
    this.asyncEvents.queue.discard(name);
    this.pool.remove(name, notFound(version.definition.arn));
    this.releaseCode(version);
  }

  /** Runs a function and resolves with what it answered, be it an error. Throws where it cannot be run. */
  public async invoke(nameOrArn: string, payload: Buffer, options: InvokeOptions = {}): Promise<InvocationResult> {
    const { definition } = this.find(nameOrArn);
    checkPayload(payload, "RequestResponse", syncLimit);
    this.checkConcurrency(definition);
    return this.run(definition.name, randomUUID(), payload, options, undefined);
  }

  /** Accepts an event for a function; it is on disk when this resolves, and survives `kill -9`. */
  public async invokeAsync(
    nameOrArn: string,
    payload: Buffer,
    options: InvokeAsyncOptions = {},
  ): Promise<{ requestId: string }> {
    const { definition } = this.find(nameOrArn);
    checkPayload(payload, "Event", asyncLimit);
    const requestId = options.id ?? randomUUID();
    const body = payload.length === 0 ? Buffer.from("{}") : payload;
    this.asyncEvents.queue.add(definition.name, body, { id: requestId, source: options.sourceArn ?? "" });
    return { requestId };
  }

  /** Takes up the events of an earlier run. Functions may be defined before or after. */
  public async start(): Promise<void> {
    rmSync(this.processesFolder, { recursive: true, force: true });
    await this.packages.sweep();
    this.asyncEvents.queue.start();
  }

  /**
   * Takes nothing more, lets what runs finish, and kills what takes longer.
   * @param grace milliseconds; 5000 by default. Events that were killed run again at the next start.
   */
  public async close(grace = closeGrace): Promise<void> {
    if (this.closing !== "no") return;
    this.closing = "finishing";
    this.pool.drain(closed());
    const processes = this.pool.processes();
    const timer = this.options.clock.after(grace, () => {
      this.closing = "killing";
      for (const { process } of processes) process.kill();
    });
    const queueClosed = this.asyncEvents.queue.close();
    await Promise.allSettled(this.invocations);
    timer.cancel();
    await queueClosed;
    this.closing = "killing";
    this.pool.drain(closed());
    await Promise.all(this.stopping);
  }

  public handle(request: AwsRequest): Promise<AwsResponse> {
    return handleFunctionRequest(request, this, this.options.authorize);
  }

  public formatError(error: AwsError): AwsResponse {
    return formatFunctionError(error);
  }

  /** All functions, by name. */
  public list(): FunctionVersion[] {
    return [...this.versions.values()].sort((a, b) => (a.definition.name < b.definition.name ? -1 : 1));
  }

  /** A function by its name, `name:$LATEST`, or its ARN, whole or from the account on. Throws where there is none. */
  public find(nameOrArn: string): FunctionVersion {
    const match = /^(?:(?:arn:[\w-]+:lambda:[\w-]+:)?\d{12}:function:)?([\w-]+)(?::\$LATEST)?$/.exec(nameOrArn);
    const version = this.versions.get(match?.[1] ?? nameOrArn);
    if (version === undefined) throw notFound(this.arnOf(nameOrArn));
    return version;
  }

  /** The ARN that a name stands for, whether there is such a function or not. */
  public arnOf(nameOrArn: string): string {
    if (nameOrArn.startsWith("arn:")) return nameOrArn.replace(/:\$LATEST$/, "");
    const { partition, region, id } = this.options.account;
    const name = nameOrArn.replace(/^\d{12}:function:/, "").replace(/:\$LATEST$/, "");
    return `arn:${partition}:lambda:${region}:${id}:function:${name}`;
  }

  private async runEvent(definition: FunctionDefinition, item: WorkItem): Promise<EventAttempt> {
    if (!this.hasRoom(definition)) return { status: "throttled" };
    try {
      const result = await this.run(definition.name, item.id, item.body, {}, item.attempts + 1);
      if (this.closing === "killing" && result.status !== "succeeded") return { status: "interrupted" };
      return { status: "ended", result };
    } catch (error) {
      // Nothing throws here but the engine's closing and the function's removal; the latter took the event along.
      if (error instanceof AwsError) return { status: "interrupted" };
      throw error;
    }
  }

  private async run(
    name: string,
    requestId: string,
    payload: Buffer,
    options: InvokeOptions,
    attempt: number | undefined,
  ): Promise<InvocationResult> {
    if (this.closing !== "no") throw closed();
    this.inFlight.set(name, (this.inFlight.get(name) ?? 0) + 1);
    const running = this.options.activity.during(async () => {
      const process = await this.pool.acquire(name, this.isRunning(options.callerArn));
      try {
        return await this.runIn(process, requestId, payload, options, attempt);
      } finally {
        this.pool.release(process);
      }
    });
    this.invocations.add(running);
    try {
      return await running;
    } finally {
      this.invocations.delete(running);
      const left = (this.inFlight.get(name) ?? 1) - 1;
      if (left > 0) this.inFlight.set(name, left);
      else this.inFlight.delete(name);
      // Only where events may have been throttled.
      if (this.versions.get(name)?.definition.reservedConcurrency !== undefined) this.asyncEvents.queue.wake(name);
    }
  }

  private async runIn(
    { process, version: { definition }, log }: RunningProcess,
    requestId: string,
    payload: Buffer,
    options: InvokeOptions,
    attempt: number | undefined,
  ): Promise<InvocationResult> {
    const about = { type: "invocation", name: definition.displayName, requestId } as const;
    const tried = attempt === undefined ? {} : { attempt };
    this.options.events.emit({ ...about, status: "started", ...tried });
    log.started(requestId);
    const measured = await process.invoke({
      requestId,
      functionArn: definition.arn,
      // The process has no clock but the machine's.
      deadline: Date.now() + definition.timeout * 1000,
      payload: payload.length === 0 ? Buffer.from("{}") : payload,
      ...(options.clientContext !== undefined && { clientContext: options.clientContext }),
    });
    const { status, payload: answer, report, logLine, error } = describeOutcome(requestId, measured, definition);
    if (logLine !== undefined) log.timedOut(requestId, logLine);
    log.ended(requestId, report);
    this.options.events.emit({
      ...about,
      status,
      milliseconds: report.duration,
      memory: report.memory,
      ...tried,
      ...(error !== undefined && { error }),
    });
    const functionError = status === "succeeded" ? {} : { functionError: "Unhandled" as const };
    return { requestId, status, payload: answer, ...functionError, logTail: log.logTail() };
  }

  private startProcess(version: FunctionVersion): RunningProcess {
    const { definition, code } = version;
    const { account, clock } = this.options;
    const day = new Date(clock.now()).toISOString().slice(0, 10).replaceAll("-", "/");
    const logStream = `${day}/[$LATEST]${randomBytes(16).toString("hex")}`;
    const log = new InvocationLog(definition, logStream, this.options.logs, this.options.events);
    const process = new FunctionProcess({
      clock,
      root: code.root,
      scratch: path.join(this.processesFolder, String(++this.processCount)),
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
      onExit: () => this.pool.forget(running),
    });
    const running: RunningProcess = {
      process,
      version,
      log,
      get alive() {
        return process.alive;
      },
      kill: () => process.kill(),
    };
    const gone = process.gone.finally(() => this.stopping.delete(gone));
    this.stopping.add(gone);
    void process.start();
    return running;
  }

  private checkConcurrency(definition: FunctionDefinition): void {
    if (this.hasRoom(definition)) return;
    throw new AwsError("TooManyRequestsException", "Rate Exceeded.", 429, {
      Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
    });
  }

  private hasRoom({ name, reservedConcurrency }: FunctionDefinition): boolean {
    return (this.inFlight.get(name) ?? 0) < (reservedConcurrency ?? Number.POSITIVE_INFINITY);
  }

  /** Whether the caller is a function that runs now, and so may be waiting for what it invokes. */
  private isRunning(callerArn: string | undefined): boolean {
    if (callerArn === undefined) return false;
    return [...this.inFlight.keys()].some((name) => this.versions.get(name)?.definition.roleArn === callerArn);
  }

  /** Gives a version's package up once nothing runs it any more. */
  private releaseCode(version: FunctionVersion): void {
    const users = this.pool.processes().filter((running) => running.version === version);
    const released = Promise.all(users.map(({ process }) => process.gone))
      .then(() => this.packages.release(version.code))
      // What cannot be deleted now is at the next start.
      .catch(() => undefined)
      .finally(() => this.stopping.delete(released));
    this.stopping.add(released);
  }
}

function isSame(version: FunctionVersion, definition: FunctionDefinition, code: FunctionPackage): boolean {
  const comparable = (value: FunctionDefinition): string =>
    JSON.stringify(Object.entries({ ...value, zipFile: "" }).sort(([a], [b]) => (a < b ? -1 : 1)));
  return version.code.sha256 === code.sha256 && comparable(version.definition) === comparable(definition);
}

function checkPayload(payload: Buffer, type: string, limit: number): void {
  if (payload.length <= limit) return;
  const message = `${payload.length} byte payload is too large for the ${type} invocation type (limit ${limit} bytes)`;
  throw new AwsError("RequestEntityTooLargeException", message, 413);
}

function notFound(functionArn: string): AwsError {
  return new AwsError("ResourceNotFoundException", `Function not found: ${functionArn}`, 404);
}

function closed(): AwsError {
  return new AwsError("ServiceException", "The engine is closing.", 503);
}

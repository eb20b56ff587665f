import { randomUUID } from "node:crypto";
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
import type { Authorize, AwsService, OperationSummary } from "../protocol/operation";
import type { DeadLetterSink } from "../queues/dead-letter-sink";
import type { WorkItem } from "../queues/work-queue";
import { AsyncEvents, type EventAttempt } from "./async-events";
import type {
  FunctionDefinition,
  InvocationResult,
  InvokeAsyncOptions,
  InvokeOptions,
  JudgeBatch,
  RoleCredentials,
} from "./function-definition";
import { checkEnvironment } from "./function-environment";
import { formatFunctionError, functionOperations, handleFunctionRequest } from "./function-operations";
import { FunctionRunner, type FunctionVersion } from "./function-runner";
import { PackageStore, type FunctionPackage } from "./package-store";

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
  /** The node_modules folders in which the AWS SDK is looked for, the first one first: Lambda's own runtime has one. */
  readonly modulesFolders: readonly string[];
  /** The program's working directory: where the files in stack traces are. */
  readonly projectFolder: string;
  /** How many processes may run at once. Defaults to twice the processors, at least four. */
  readonly processLimit?: number;
}

// Bytes; https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const syncLimit = 6 * 1024 * 1024;
const asyncLimit = 1024 * 1024;
const closeGrace = 5000;

/** AWS Lambda: runs functions as child processes, from the same packages that would be deployed. */
export class FunctionService implements AwsService {
  public readonly signingName = "lambda";
  public readonly operations: readonly OperationSummary[] = functionOperations;
  private readonly versions = new Map<string, FunctionVersion>();
  /** How often each function was defined or removed: the last call wins, however long unpacking takes. */
  private readonly changes = new Map<string, number>();
  /** Published versions and aliases by which a function is found, by its name. */
  private readonly qualifiers = new Map<string, Set<string>>();
  private readonly packages: PackageStore;
  private readonly runner: FunctionRunner;
  private readonly asyncEvents: AsyncEvents;
  private readonly releasing = new Set<Promise<void>>();
  private readonly processesFolder: string;

  public constructor(private readonly options: FunctionServiceOptions) {
    const { account, activity, clock, database, deadLetters, events, logs } = options;
    const limit = options.processLimit ?? Math.max(4, 2 * availableParallelism());
    this.processesFolder = path.join(options.folder, "processes");
    const { projectFolder } = options;
    this.packages = new PackageStore(path.join(options.folder, "code"), options.modulesFolders, projectFolder);
    this.runner = new FunctionRunner({
      folder: this.processesFolder,
      ...{ account, activity, clock, events, limit, logs, projectFolder },
      credentialsFor: (roleArn) => options.credentialsFor(roleArn),
      endpointUrl: () => options.endpointUrl(),
      newest: (name) => this.find(name),
      onEnded: (name) => {
        // Only such a function's events can have been put off.
        if (this.versions.get(name)?.definition.reservedConcurrency !== undefined) this.asyncEvents.queue.wake(name);
      },
    });
    this.asyncEvents = new AsyncEvents({
      ...{ activity, clock, database, deadLetters, events, limit },
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
    const turn = (this.changes.get(name) ?? 0) + 1;
    this.changes.set(name, turn);
    const code = await this.packages.acquire(definition.zipFile);
    const old = this.versions.get(name);
    // A later call was faster, or the function was removed meanwhile; or nothing is new.
    if (this.changes.get(name) !== turn || (old !== undefined && isSame(old, definition, code))) {
      return this.packages.release(code);
    }
    this.versions.set(name, { definition, code, modified: this.options.clock.now() });
    this.runner.refresh(name);
    this.asyncEvents.queue.open(name);
    if (old !== undefined) this.releaseCode(old);
  }

  /** Removes a function with the events that wait for it, as AWS does; what runs finishes. */
  public async remove(name: string): Promise<void> {
    this.changes.set(name, (this.changes.get(name) ?? 0) + 1);
    const version = this.versions.get(name);
    if (version === undefined) return;
    this.versions.delete(name);
    this.asyncEvents.queue.discard(name);
    this.runner.remove(name, notFound(version.definition.arn));
    this.releaseCode(version);
  }

  /** Runs a function and resolves with what it answered, be it an error. Throws where it cannot be run. */
  public async invoke(nameOrArn: string, payload: Buffer, options: InvokeOptions = {}): Promise<InvocationResult> {
    const { definition } = this.find(nameOrArn);
    checkPayload(payload, "RequestResponse", syncLimit);
    if (!this.runner.hasRoom(definition)) throw throttled();
    return this.runner.run(definition.name, { ...options, requestId: randomUUID(), payload });
  }

  /**
   * Waits for a process, and runs the function with what `prepare` gives then; resolves to undefined where that is
   * nothing. Throws where it cannot be run, or was ended by the engine before it was done.
   * @param judge asked before the end is told
   */
  public async invokePrepared(
    nameOrArn: string,
    prepare: () => Promise<Buffer | undefined>,
    judge?: JudgeBatch,
  ): Promise<InvocationResult | undefined> {
    const { definition } = this.find(nameOrArn);
    if (!this.runner.hasRoom(definition)) throw throttled();
    const result = await this.runner.runPrepared(definition.name, async () => {
      const payload = await prepare();
      return payload && { requestId: randomUUID(), payload, ...(judge === undefined ? {} : { judge }) };
    });
    if (this.runner.isKilling && result?.status !== "succeeded")
      throw new AwsError("ServiceException", "The engine is closing.", 503);
    return result;
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
    // No event is taken from now on; those that run are waited for.
    const queueClosed = this.asyncEvents.queue.close();
    await this.runner.close(grace);
    await queueClosed;
    await Promise.all(this.releasing);
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

  /** Lets a function be found by one more alias or version. */
  public addQualifier(name: string, qualifier: string): void {
    this.qualifiers.set(name, new Set(this.qualifiers.get(name)).add(qualifier));
  }

  public removeQualifier(name: string, qualifier: string): void {
    this.qualifiers.get(name)?.delete(qualifier);
  }

  /**
   * A function by its name or its ARN, whole or from the account on, with `$LATEST`, a published version or an alias
   * behind it. Throws where there is none.
   */
  public find(nameOrArn: string): FunctionVersion {
    const match = /^(?:(?:arn:[\w-]+:lambda:[\w-]+:)?\d{12}:function:)?([\w-]+)(?::(\$LATEST|[\w-]+))?$/.exec(
      nameOrArn,
    );
    const [, name = nameOrArn, qualifier = "$LATEST"] = match ?? [];
    const version = this.versions.get(name);
    const isQualified = qualifier === "$LATEST" || this.qualifiers.get(name)?.has(qualifier) === true;
    if (version === undefined || !isQualified) throw notFound(this.arnOf(nameOrArn));
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
    if (!this.runner.hasRoom(definition)) return { status: "throttled" };
    const request = { requestId: item.id, payload: item.body, attempt: item.attempts + 1 };
    try {
      const result = await this.runner.run(definition.name, request);
      if (this.runner.isKilling && result.status !== "succeeded") return { status: "interrupted" };
      return { status: "ended", result };
    } catch (error) {
      // The engine closes, or the function was removed, which took the event along.
      if (error instanceof AwsError) return { status: "interrupted" };
      throw error;
    }
  }

  /** Gives a version's package up once nothing runs it any more. */
  private releaseCode(version: FunctionVersion): void {
    const released = this.runner
      .whenUnused(version)
      .then(() => this.packages.release(version.code))
      // What cannot be deleted now is at the next start.
      .catch(() => undefined)
      .finally(() => this.releasing.delete(released));
    this.releasing.add(released);
  }
}

function isSame(version: FunctionVersion, definition: FunctionDefinition, code: FunctionPackage): boolean {
  const comparable = (value: FunctionDefinition): string =>
    JSON.stringify(Object.entries({ ...value, zipFile: "" }).sort(([a], [b]) => (a < b ? -1 : 1)));
  return version.code.root === code.root && comparable(version.definition) === comparable(definition);
}

function checkPayload(payload: Buffer, type: string, limit: number): void {
  if (payload.length <= limit) return;
  const message = `${payload.length} byte payload is too large for the ${type} invocation type (limit ${limit} bytes)`;
  throw new AwsError("RequestEntityTooLargeException", message, 413);
}

function notFound(functionArn: string): AwsError {
  return new AwsError("ResourceNotFoundException", `Function not found: ${functionArn}`, 404);
}

function throttled(): AwsError {
  const details = { Reason: "ReservedFunctionConcurrentInvocationLimitExceeded" };
  return new AwsError("TooManyRequestsException", "Rate Exceeded.", 429, details);
}

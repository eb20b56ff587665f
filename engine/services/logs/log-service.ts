import * as path from "node:path";
import { arn, type Account } from "../account";
import type { Clock, ClockTimer } from "../clock";
import type { EngineEvents } from "../engine-events";
import { JsonProtocol } from "../protocol/json-protocol";
import type { AwsError, AwsRequest, AwsResponse } from "../protocol/message";
import type { Authorize, AwsService, OperationSummary } from "../protocol/operation";
import { logOperations } from "./log-operations";
import { readTail } from "./log-reader";
import { LogStore, type WrittenEvent } from "./log-store";
import type { LogEvent } from "./stream-file";

interface LogServiceOptions {
  /** The stack's data; logs are kept in its folder `logs`. */
  readonly folder: string;
  readonly clock: Clock;
  readonly account: Account;
  readonly events: EngineEvents;
  readonly authorize: Authorize;
}

const dayMilliseconds = 86_400_000;

/** CloudWatch Logs: what functions and tasks print, kept in files and readable with any AWS tool. */
export class LogService implements AwsService {
  public readonly signingName = "logs";
  public readonly operations: readonly OperationSummary[] = logOperations;
  /** Read by this service's operations. */
  public readonly store: LogStore;
  public readonly clock: Clock;
  private readonly protocol = new JsonProtocol<LogService>({
    target: "Logs_20140328",
    missingCode: "InvalidParameterException",
    operations: logOperations,
  });
  private expiry: ClockTimer | undefined;
  private failed = false;

  public constructor(private readonly options: LogServiceOptions) {
    this.clock = options.clock;
    this.store = new LogStore(path.join(options.folder, "logs"), options.clock);
  }

  /** Makes a log group or changes its retention; without `retentionDays` its events are kept for ever. */
  public createGroup(name: string, retentionDays?: number): void {
    this.store.putGroup(name, retentionDays);
  }

  /** Removes a log group with everything in it. */
  public removeGroup(name: string): void {
    this.store.removeGroup(name);
  }

  /**
   * Writes one event; a group or stream that does not exist is made.
   * @param time milliseconds since the epoch; now by default
   */
  public append(group: string, stream: string, message: string, time = this.clock.now()): void {
    this.appendAll(group, stream, [{ message, timestamp: time }]);
  }

  /**
   * Writes events, together. A disk that is full is reported once and loses the lines, not the program that printed
   * them.
   */
  public appendAll(group: string, stream: string, events: readonly WrittenEvent[]): void {
    try {
      if (this.store.group(group) === undefined) this.store.putGroup(group, undefined);
      this.store.append(this.store.createStream(group, stream), events);
      this.failed = false;
    } catch (error) {
      if (this.failed) return;
      this.failed = true;
      const reason = error instanceof Error ? error.message : String(error);
      this.options.events.emit({ type: "notice", level: "error", message: `Logs cannot be written: ${reason}` });
    }
  }

  /** The last `limit` events of a group, or of one of its streams, oldest first. */
  public tail(group: string, options: { stream?: string; limit: number }): Promise<LogEvent[]> {
    const { stream, limit } = options;
    const streams = this.store.streams(group).filter(({ name }) => stream === undefined || name === stream);
    return readTail(this.store, group, streams, limit);
  }

  /** Deletes what has expired, now and once a day. */
  public async start(): Promise<void> {
    this.expiry = this.clock.after(dayMilliseconds, () => void this.start());
    try {
      await this.store.expire();
    } catch (error) {
      // What cannot be deleted today is tried again tomorrow; reading leaves it out meanwhile.
      const reason = error instanceof Error ? error.message : String(error);
      const message = `Expired logs cannot be deleted: ${reason}`;
      this.options.events.emit({ type: "notice", level: "warning", message });
    }
  }

  public close(): void {
    this.expiry?.cancel();
    this.store.close();
  }

  public handle(request: AwsRequest): Promise<AwsResponse> {
    return this.protocol.handle(request, this, this.options.authorize);
  }

  public formatError(error: AwsError): AwsResponse {
    return this.protocol.formatError(error);
  }

  /** A log group's ARN; with `stream`, the form that IAM sees: also "" for an operation on the group's streams. */
  public arnOf(group: string, stream?: string): string {
    const suffix = stream === undefined ? "" : `:log-stream:${stream}`;
    return arn(this.options.account, "logs", `log-group:${group}${suffix}`);
  }
}

import type { EngineEvents, InvocationOutcome } from "../engine-events";
import type { LogService } from "../logs/log-service";
import type { WrittenEvent } from "../logs/log-store";
import type { LogNote } from "../logs/stream-file";
import type { FunctionDefinition } from "./function-definition";
import type { PrintedLine } from "./process-output";
import type { ReadableTraces } from "./readable-traces";

/** What the end of an invocation is reported with. */
export interface InvocationReport {
  /** Milliseconds. */
  readonly duration: number;
  /** Milliseconds; undefined for a warm start. */
  readonly initDuration: number | undefined;
  /** MB. */
  readonly memory: number;
  readonly status: "success" | "error" | "timeout";
  readonly errorType: string | undefined;
}

const tailBytes = 4096;

/**
 * Writes what one process of a function prints into its log stream, with the lines that Lambda adds: START, END and
 * REPORT as text, or platform records as JSON
 * (https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html).
 */
export class InvocationLog {
  private tail: string[] = [];
  private tailLength = 0;
  private failure: string | undefined;
  private unwritten: WrittenEvent[] = [];

  public constructor(
    private readonly definition: FunctionDefinition,
    private readonly stream: string,
    private readonly logs: LogService,
    private readonly events: EngineEvents,
    private readonly traces: ReadableTraces,
  ) {}

  /** A line that the function printed. */
  public line(printed: PrintedLine): void {
    const { requestId, level, ends } = printed;
    const line = this.traces.text(printed.line);
    // Whoever reads the log has the error with the end of the invocation.
    this.write(this.recordOf(printed) ?? line, undefined, ends === true ? { kind: "platform" } : undefined);
    this.flush();
    if (ends === true) this.failure = line;
    this.events.emit({
      type: "log",
      source: "function",
      name: this.definition.displayName,
      line,
      ...(level !== undefined && { level }),
      ...(requestId !== undefined && { requestId }),
      ...(ends === true && { ends }),
    });
  }

  /** The error that ended the invocation, as it was printed; undefined where none did. */
  public takeFailure(): string | undefined {
    const { failure } = this;
    this.failure = undefined;
    return failure;
  }

  /**
   * Written together with what comes next, where that comes at once.
   * @param time when it started, in milliseconds since the epoch
   */
  public started(requestId: string, time: number): void {
    const note = { kind: "platform" } as const;
    if (this.isJson) this.record("platform.start", { requestId, version: "$LATEST" }, time, note);
    else this.write(`START RequestId: ${requestId} Version: $LATEST`, time, note);
    setImmediate(() => this.flush());
  }

  public timedOut(requestId: string, message: string): void {
    if (!this.isJson) this.write(`${this.time()} ${requestId} ${message}\n`);
  }

  /** @param outcome kept with the last line, for people */
  public ended(requestId: string, report: InvocationReport, outcome: InvocationOutcome): void {
    this.writeEnd(requestId, report, { kind: "end", outcome });
    this.flush();
  }

  private writeEnd(requestId: string, report: InvocationReport, note: LogNote): void {
    const { initDuration, memory, status, errorType } = report;
    const { memory: memorySize } = this.definition;
    // Since August 2025 the time to start is billed too.
    const billed = Math.ceil(report.duration + (initDuration ?? 0));
    if (this.isJson) {
      const metrics = {
        durationMs: rounded(report.duration),
        billedDurationMs: billed,
        memorySizeMB: memorySize,
        maxMemoryUsedMB: memory,
        ...(initDuration !== undefined && { initDurationMs: rounded(initDuration) }),
      };
      const type = errorType === undefined ? {} : { errorType };
      return this.record("platform.report", { requestId, status, ...type, metrics }, this.logs.clock.now(), note);
    }
    this.write(`END RequestId: ${requestId}`, this.logs.clock.now(), { kind: "platform" });
    const parts = [
      `REPORT RequestId: ${requestId}`,
      `Duration: ${report.duration.toFixed(2)} ms`,
      `Billed Duration: ${billed} ms`,
      `Memory Size: ${memorySize} MB`,
      `Max Memory Used: ${memory} MB`,
      ...(initDuration === undefined ? [] : [`Init Duration: ${initDuration.toFixed(2)} ms`]),
      ...(status === "success" ? [] : [`Status: ${status}`]),
      ...(errorType === undefined ? [] : [`Error Type: ${errorType}`]),
    ];
    this.write(`${parts.join("\t")}\t`, this.logs.clock.now(), note);
  }

  /** The end of what was written since the last call, at most 4 KB. */
  public takeTail(): string {
    const bytes = Buffer.from(this.tail.map((message) => `${message}\n`).join(""));
    this.tail = [];
    this.tailLength = 0;
    return bytes.subarray(Math.max(0, bytes.length - tailBytes)).toString("utf8");
  }

  private recordOf({ record, ends }: PrintedLine): string | undefined {
    if (record === undefined) return undefined;
    if (this.isJson) return this.traces.json(record);
    // Lambda puts the error into a line of text as JSON.
    const json = ends === true ? record.indexOf("{") : record.length;
    return this.traces.text(record.slice(0, json)) + this.traces.json(record.slice(json));
  }

  private get isJson(): boolean {
    return this.definition.logFormat === "JSON";
  }

  private time(): string {
    return new Date(this.logs.clock.now()).toISOString();
  }

  private record(type: string, record: object, time: number, note: LogNote): void {
    this.write(JSON.stringify({ time: new Date(time).toISOString(), type, record }), time, note);
  }

  private flush(): void {
    if (this.unwritten.length === 0) return;
    this.logs.appendAll(this.definition.logGroup, this.stream, this.unwritten);
    this.unwritten = [];
  }

  private write(message: string, timestamp = this.logs.clock.now(), note?: LogNote): void {
    this.unwritten.push({ message, timestamp, ...(note && { note }) });
    this.tail.push(message);
    this.tailLength += message.length + 1;
    while (this.tailLength - (this.tail[0]?.length ?? 0) > tailBytes)
      this.tailLength -= (this.tail.shift()?.length ?? 0) + 1;
  }
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}

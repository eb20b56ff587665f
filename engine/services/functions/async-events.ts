import type { DatabaseSync } from "node:sqlite";
import type { Activity } from "../activity";
import type { Clock } from "../clock";
import type { EngineEvents } from "../engine-events";
import type { DeadLetterSink } from "../queues/dead-letter-sink";
import { WorkQueue, type WorkItem, type WorkOutcome } from "../queues/work-queue";
import type { FunctionDefinition, InvocationResult } from "./function-definition";

/** What one attempt at an event came to. */
export type EventAttempt =
  | { readonly status: "ended"; readonly result: InvocationResult }
  /** No room for it among the function's reserved concurrency. */
  | { readonly status: "throttled" }
  /** The engine closed before it ended. */
  | { readonly status: "interrupted" };

interface AsyncEventsOptions {
  readonly database: DatabaseSync;
  readonly clock: Clock;
  readonly activity: Activity;
  readonly events: EngineEvents;
  readonly deadLetters: DeadLetterSink;
  /** How many events of a function without reserved concurrency are run or stand in line at once. */
  readonly limit: number;
  definition(functionName: string): FunctionDefinition | undefined;
  run(definition: FunctionDefinition, item: WorkItem): Promise<EventAttempt>;
}

type Condition = "RetriesExhausted" | "EventAgeExceeded";

const second = 1000;
const retryDelays = [60 * second, 120 * second];
const longestThrottleDelay = 300 * second;

/**
 * The events that functions are invoked with asynchronously: kept until they were processed or given up, tried again
 * after one minute and after two more, put off from one second up to five minutes while there is no room
 * (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html).
 */
export class AsyncEvents {
  public readonly queue: WorkQueue;

  public constructor(private readonly options: AsyncEventsOptions) {
    const { database, clock, activity } = options;
    this.queue = new WorkQueue({
      database,
      table: "function_events",
      clock,
      activity,
      // At least one, also where nothing may run: its events have to be given up.
      capacity: (name) => Math.max(1, Math.min(options.limit, this.reserved(name) ?? options.limit)),
      work: (item) => this.work(item),
      onFault: (error) => {
        const message = `An event could not be processed and will be tried again: ${String(error)}`;
        options.events.emit({ type: "notice", level: "error", message });
      },
    });
  }

  private reserved(name: string): number | undefined {
    return this.options.definition(name)?.reservedConcurrency;
  }

  private async work(item: WorkItem): Promise<WorkOutcome> {
    const definition = this.options.definition(item.line);
    if (definition === undefined) return { status: "done" };
    const expires = item.queuedAt + (definition.maximumEventAge ?? 21_600) * second;
    if (this.options.clock.now() >= expires) return this.giveUp(item, definition, "EventAgeExceeded", item.attempts);
    // Such events are not tried at all (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html).
    if (definition.reservedConcurrency === 0) return this.giveUp(item, definition, "RetriesExhausted", item.attempts);
    const attempt = await this.options.run(definition, item);
    if (attempt.status === "interrupted") return { status: "interrupted" };
    const untilExpiry = Math.max(0, expires - this.options.clock.now());
    if (attempt.status === "throttled") {
      const delay = Math.min(second * 2 ** Math.min(item.delays, 20), longestThrottleDelay);
      return { status: "delayed", dueIn: Math.min(delay, untilExpiry) };
    }
    if (attempt.result.status === "succeeded") return { status: "done" };
    const outcome = attempt.result.payload.toString("utf8");
    const attempts = item.attempts + 1;
    const delay = retryDelays[item.attempts];
    if (attempts > (definition.retries ?? retryDelays.length) || delay === undefined)
      return this.giveUp({ ...item, outcome }, definition, "RetriesExhausted", attempts);
    return { status: "failed", dueIn: Math.min(delay, untilExpiry), outcome };
  }

  private async giveUp(
    item: WorkItem,
    definition: FunctionDefinition,
    condition: Condition,
    attempts: number,
  ): Promise<WorkOutcome> {
    const { displayName, onFailureArn } = definition;
    if (onFailureArn === undefined) {
      const message = `${displayName} gave up an event (${condition}) and has no dead-letter queue: the event is lost`;
      this.options.events.emit({ type: "notice", level: "warning", message });
      return { status: "done" };
    }
    const record = destinationRecord(item, definition, condition, attempts, this.options.clock.now());
    await this.options.deadLetters.send(onFailureArn, record, { reason: condition, source: displayName });
    return { status: "done" };
  }
}

/**
 * What Lambda sends to an on-failure destination
 * (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html).
 */
function destinationRecord(
  item: WorkItem,
  definition: FunctionDefinition,
  condition: Condition,
  attempts: number,
  now: number,
): string {
  const wasTried = item.outcome !== undefined;
  return JSON.stringify({
    version: "1.0",
    timestamp: new Date(now).toISOString(),
    requestContext: {
      requestId: item.id,
      functionArn: `${definition.arn}:$LATEST`,
      condition,
      approximateInvokeCount: attempts,
    },
    requestPayload: parsed(item.body.toString("utf8")),
    ...(wasTried && {
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      responsePayload: parsed(item.outcome),
    }),
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

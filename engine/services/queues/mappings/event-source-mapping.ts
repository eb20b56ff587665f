import type { Account } from "../../account";
import type { Activity } from "../../activity";
import type { Clock, ClockTimer } from "../../clock";
import type { EngineEvents, Unprocessed } from "../../engine-events";
import type { FunctionDefinition, InvocationResult } from "../../functions/function-definition";
import type { FunctionService } from "../../functions/function-service";
import { AwsError } from "../../protocol/message";
import type { Queue } from "../queue";
import type { ReceivedMessage } from "../queue-message";
import type { QueueService } from "../queue-service";
import { readBatchFailures } from "./batch-failures";
import type { MappingDefinition } from "./mapping-definition";
import { compileFilters, type MessageFilter } from "./message-filter";
import { payloadBudget, recordOf } from "./sqs-event";

export interface MappingSurroundings {
  readonly account: Account;
  readonly activity: Activity;
  readonly clock: Clock;
  readonly events: EngineEvents;
  readonly queues: QueueService;
  readonly functions: Pick<FunctionService, "find" | "invokePrepared">;
  readonly onFault: (error: unknown) => void;
}

type BatchResult = Pick<InvocationResult, "status" | "payload">;

const second = 1000;
/** As on AWS, a mapping starts with five invocations at once, and gets five more each second while messages wait. */
const firstConcurrency = 5;
const longestBackOff = 60 * second;

/**
 * Hands a queue's messages to a function (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html). A batch is received
 * when there is a process to run it, so that its visibility timeout does not run out in a line. Nothing polls: the
 * queue tells of its changes, and timers wait for the rest.
 */
export class EventSourceMapping {
  private matches: MessageFilter;
  private readonly slots = new Set<Promise<void>>();
  /** Slots that have not received anything yet. */
  private receiving = 0;
  private concurrency = firstConcurrency;
  private throttles = 0;
  private isBackingOff = false;
  private isWindowOver = false;
  private readonly timers = new Map<"growth" | "window" | "backOff", ClockTimer>();
  private endActivity: (() => void) | undefined;
  private endRest: (() => void) | undefined;
  private hasWarned = false;
  private stopped = false;

  public constructor(
    private definition: MappingDefinition,
    private readonly surroundings: MappingSurroundings,
  ) {
    this.matches = compileFilters(definition.filters);
  }

  /** Takes over other settings; what runs comes to its end under the old ones. */
  public change(definition: MappingDefinition): void {
    this.matches = compileFilters(definition.filters);
    this.definition = definition;
    this.hasWarned = false;
    this.clearTimers();
    this.pump();
  }

  /** Receives nothing any more; resolves when what runs has ended. */
  public async stop(): Promise<void> {
    this.stopped = true;
    this.clearTimers();
    this.endRest?.();
    this.endActivity?.();
    this.endActivity = undefined;
    await Promise.all(this.slots);
  }

  /** Something has changed: starts as many invocations as there are batches and room. */
  public pump(): void {
    const queue = this.source();
    this.count(queue);
    if (queue !== undefined && !this.isBackingOff) this.invoke(queue);
    this.noteRest();
  }

  private invoke(queue: Queue): void {
    while (this.slots.size < this.limit() && this.hasBatch(queue)) {
      this.receiving += 1;
      const slot = this.run(queue)
        .catch(this.surroundings.onFault)
        .finally(() => {
          this.slots.delete(slot);
          this.pump();
        });
      this.slots.add(slot);
    }
    if (this.slots.size === 0) this.concurrency = firstConcurrency;
    else if (this.slots.size >= this.concurrency) {
      this.after("growth", second, () => {
        this.concurrency += firstConcurrency;
      });
    }
  }

  /** The queue, if the mapping is to take anything from it. */
  private source(): Queue | undefined {
    const { functionName, queueArn, enabled, displayName } = this.definition;
    if (this.stopped || !enabled) return undefined;
    const queue = this.surroundings.queues.byArn(queueArn);
    const isThere = queue !== undefined && this.reserved() !== undefined;
    if (!isThere && !this.hasWarned) {
      this.hasWarned = true;
      const missing = queue === undefined ? `queue ${queueArn}` : `function ${functionName}`;
      const message = `${displayName} hands no messages over: there is no ${missing} on this machine`;
      this.surroundings.events.emit({ type: "notice", level: "warning", message });
    }
    return isThere ? queue : undefined;
  }

  /** How many invocations the function may have at once; undefined where there is no such function. */
  private reserved(): number | undefined {
    const target = this.target();
    return target && (target.reservedConcurrency ?? Number.POSITIVE_INFINITY);
  }

  private target(): FunctionDefinition | undefined {
    try {
      return this.surroundings.functions.find(this.definition.functionName).definition;
    } catch {
      return undefined;
    }
  }

  private limit(): number {
    return Math.min(this.concurrency, this.definition.maximumConcurrency ?? 1000, this.reserved() ?? 0);
  }

  /** Whether there is a batch for one more slot: what waits beyond that which others are about to receive. */
  private hasBatch(queue: Queue): boolean {
    const { batchSize, window } = this.definition;
    if (queue.isFifo) return queue.hasReadyGroups(this.receiving + 1);
    const others = this.receiving * batchSize;
    if (!queue.hasWaiting(others + 1)) return false;
    if (window === 0 || this.isWindowOver || queue.hasWaiting(others + batchSize)) {
      this.isWindowOver = false;
      this.cancel("window");
      return true;
    }
    this.after("window", window * second, () => {
      this.isWindowOver = true;
    });
    return false;
  }

  private async run(queue: Queue): Promise<void> {
    const { functionName } = this.definition;
    let messages: ReceivedMessage[] = [];
    let failed: ReadonlySet<string> | undefined;
    let isReceiving = true;
    const received = (): void => {
      if (isReceiving) this.receiving -= 1;
      isReceiving = false;
    };
    try {
      const prepare = async (): Promise<Buffer | undefined> => {
        messages = this.stopped ? [] : await this.receive(queue);
        received();
        if (messages.length === 0) return undefined;
        const source = { ...this.definition, region: this.surroundings.account.region, isFifo: queue.isFifo };
        return Buffer.from(JSON.stringify({ Records: messages.map((message) => recordOf(message, source)) }));
      };
      const result = await this.surroundings.functions.invokePrepared(functionName, prepare, (ended) => {
        failed = this.failedOf(messages, ended);
        return this.unprocessed(queue, messages, failed);
      });
      this.throttles = 0;
      if (result === undefined) return;
      failed ??= this.failedOf(messages, result);
      await this.settle(queue, messages, failed, result.requestId);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      // Throttled before anything was received, the function was removed, or the engine closes: nobody's fault.
      if (messages.length > 0) await this.surroundings.queues.change(() => queue.release(messages));
      if (error.status === 429) this.backOff();
    } finally {
      received();
    }
  }

  /** Receives a batch, and deletes what the filters do not let through. */
  private async receive(queue: Queue): Promise<ReceivedMessage[]> {
    const { batchSize } = this.definition;
    const { queues, account } = this.surroundings;
    const received = await queues.receive(queue, { limit: batchSize, byMapping: true, fits: payloadBudget() });
    if (this.definition.filters.length === 0) return received;
    const source = { ...this.definition, region: account.region, isFifo: queue.isFifo };
    const matching = received.filter((message) => this.matches(recordOf(message, source)));
    const others = received.filter((message) => !matching.includes(message));
    if (others.length > 0) await this.delete(queue, others);
    return matching;
  }

  /** Deletes what was processed; the rest is received again once its visibility timeout is over. */
  private async settle(
    queue: Queue,
    messages: readonly ReceivedMessage[],
    failed: ReadonlySet<string>,
    requestId: string,
  ): Promise<void> {
    const done = messages.filter(({ id }) => !failed.has(id));
    if (done.length > 0) await this.delete(queue, done);
    for (const message of messages) if (failed.has(message.id)) this.tellOfRedelivery(queue, message, requestId);
  }

  /** The ids of the messages that an invocation did not process. */
  private failedOf(messages: readonly ReceivedMessage[], result: BatchResult): ReadonlySet<string> {
    const ids = messages.map(({ id }) => id);
    if (result.status !== "succeeded") return new Set(ids);
    if (!this.definition.reportsFailures) return new Set();
    const failures = readBatchFailures(result.payload.toString("utf8"), ids);
    if (!failures.all) return failures.ids;
    const message = `${this.definition.functionName}: the whole batch counts as failed, since ${failures.reason}`;
    this.surroundings.events.emit({ type: "notice", level: "warning", message });
    return new Set(ids);
  }

  /** What is told of the messages of a batch that come again; undefined where nothing is. */
  private unprocessed(
    queue: Queue,
    messages: readonly ReceivedMessage[],
    failed: ReadonlySet<string>,
  ): Unprocessed | undefined {
    if (this.stopped) return undefined;
    const left = messages.filter((message) => failed.has(message.id) && queue.visibleAgainAt(message) !== undefined);
    if (left.length === 0) return undefined;
    const asked = left.filter((message) => queue.visibleAgainAt(message) !== message.visibleAt).length;
    return { failed: left.length - asked, asked, of: messages.length };
  }

  private tellOfRedelivery(queue: Queue, message: ReceivedMessage, requestId: string): void {
    // What the engine's end has interrupted did not fail.
    if (this.stopped) return;
    const { clock, events } = this.surroundings;
    const visibleAt = queue.visibleAgainAt(message);
    if (visibleAt === undefined) return;
    const limit = queue.settings.redrivePolicy?.maxReceiveCount;
    events.emit({
      type: "redelivery",
      name: queue.record.displayName,
      handler: this.target()?.displayName ?? this.definition.functionName,
      message: message.id,
      received: message.received,
      requestId,
      ...(limit === undefined ? {} : { limit }),
      milliseconds: Math.max(0, visibleAt - clock.now()),
      asked: visibleAt !== message.visibleAt,
    });
  }

  private async delete(queue: Queue, messages: readonly ReceivedMessage[]): Promise<void> {
    await this.surroundings.queues.change(() => queue.deleteReceived(messages));
  }

  /** The function has no room: a little later, and later each time. */
  private backOff(): void {
    this.isBackingOff = true;
    const delay = Math.min(second * 2 ** Math.min(this.throttles, 10), longestBackOff);
    this.throttles += 1;
    this.after("backOff", delay, () => {
      this.isBackingOff = false;
    });
  }

  /** While the queue holds messages, there is work to come. */
  private count(queue: Queue | undefined): void {
    if (queue !== undefined && queue.count > 0 && this.reserved() !== 0)
      this.endActivity ??= this.surroundings.activity.begin();
    else {
      this.endActivity?.();
      this.endActivity = undefined;
    }
  }

  /** Messages of which none is being processed are hidden, delayed, or wait for a batch: for their time. */
  private noteRest(): void {
    if (this.endActivity !== undefined && this.slots.size === 0) this.endRest ??= this.surroundings.activity.rest();
    else {
      this.endRest?.();
      this.endRest = undefined;
    }
  }

  private after(name: "growth" | "window" | "backOff", milliseconds: number, then: () => void): void {
    if (this.timers.has(name) || this.stopped) return;
    const timer = this.surroundings.clock.after(milliseconds, () => {
      this.timers.delete(name);
      then();
      this.pump();
    });
    this.timers.set(name, timer);
  }

  private cancel(name: "growth" | "window" | "backOff"): void {
    this.timers.get(name)?.cancel();
    this.timers.delete(name);
  }

  private clearTimers(): void {
    for (const name of [...this.timers.keys()]) this.cancel(name);
    this.isBackingOff = false;
    this.isWindowOver = false;
  }
}

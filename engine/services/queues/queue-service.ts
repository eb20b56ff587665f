import type { DatabaseSync } from "node:sqlite";
import { arn, type Account } from "../account";
import type { Clock, ClockTimer } from "../clock";
import type { EngineEvents } from "../engine-events";
import { AwsError, type AwsRequest, type AwsResponse } from "../protocol/message";
import type { Authorize, AwsService, OperationSummary } from "../protocol/operation";
import type { DeadLetterCause, DeadLetterSink } from "./dead-letter-sink";
import { GroupCommit } from "./group-commit";
import { LongPolls } from "./long-polls";
import { MessageStore } from "./message-store";
import { MoveTasks } from "./move-tasks";
import { Queue, type QueueSurroundings, type ReceiveOptions } from "./queue";
import { queueDoesNotExist } from "./queue-errors";
import type { NewMessage, QueueDepths, QueueMessage, ReceivedMessage } from "./queue-message";
import { checkQueueName, checkRedrive } from "./queue-rules";
import { ReceiveAttempts } from "./receive-attempts";
import { QueueRegistry } from "./queue-registry";
import { checkAttributes, settingsOf, type QueueAttributes } from "./queue-settings";
import { sqsOperations, SqsProtocol } from "./protocol/sqs-protocol";

export interface QueueServiceOptions {
  readonly database: DatabaseSync;
  readonly clock: Clock;
  readonly events: EngineEvents;
  readonly account: Account;
  readonly authorize: Authorize;
  /** Told of errors that are the engine's own. */
  readonly onFault: (error: unknown) => void;
}

/** A queue that is to be. */
export interface QueueDefinition {
  readonly name: string;
  /** The queue's name in the program; what people are shown. */
  readonly displayName: string;
  readonly attributes: QueueAttributes;
  readonly tags?: Readonly<Record<string, string>>;
}

/** A queue, as people are told of it. */
export interface QueueSummary extends QueueDepths {
  readonly name: string;
  readonly displayName: string;
  readonly url: string;
  readonly arn: string;
  readonly isFifo: boolean;
  /** The name of the queue that takes its dead letters. */
  readonly deadLetterQueue: string | undefined;
  /** The names of the queues whose dead letters it takes. */
  readonly sources: readonly string[];
}

/** What is sent without AWS's protocol: by the command line, tests and other services. */
export type PlainMessage = Pick<NewMessage, "attributes" | "delay" | "group" | "deduplicationId">;

/**
 * Amazon SQS. Messages are in the stack's database, and what was acknowledged survives `kill -9`; what several senders
 * ask for at the same time shares a transaction. Nothing polls: whoever waits is woken by the change it waits for.
 */
export class QueueService implements AwsService, DeadLetterSink {
  public readonly signingName = "sqs";
  public readonly operations: readonly OperationSummary[] = sqsOperations;
  public readonly account: Account;
  public readonly clock: Clock;
  public readonly moveTasks: MoveTasks;
  public readonly attempts: ReceiveAttempts;
  private readonly registry: QueueRegistry;
  private readonly commit: GroupCommit;
  private readonly polls: LongPolls;
  private readonly queues = new Map<string, Queue>();
  private readonly surroundings: QueueSurroundings;
  private readonly protocol = new SqsProtocol();
  /** Queues that the transaction under way has changed. */
  private readonly changed = new Set<Queue>();
  private readonly gaveUp: { readonly queue: Queue; readonly received: number }[] = [];
  private readonly timers = new Map<Queue, { readonly due: number; readonly timer: ClockTimer }>();
  private listener: ((queueArn: string) => void) | undefined;
  /** The ARNs of the queues whose changes are listened to. */
  private awaited: ReadonlySet<string> = new Set();
  private running = false;
  private closed = false;

  public constructor(private readonly options: QueueServiceOptions) {
    const { database, clock, account } = options;
    this.account = account;
    this.clock = clock;
    this.polls = new LongPolls(clock);
    this.registry = new QueueRegistry(database);
    this.surroundings = {
      store: new MessageStore(database),
      now: () => clock.now(),
      changed: (queue) => this.changed.add(queue),
      deadLetterQueueOf: (queue) => this.deadLetterQueueOf(queue),
      gaveUp: (queue, received) => this.gaveUp.push({ queue, received }),
    };
    this.commit = new GroupCommit({
      database,
      beforeCommit: () => {
        for (const queue of this.changed) this.polls.serve(queue);
      },
      afterCommit: () => this.tellOfChanges(),
      onRollback: () => this.recover(),
    });
    this.moveTasks = new MoveTasks(this, ({ source, destination, moved }) => {
      const to = destination === undefined ? "" : ` to ${destination.record.displayName}`;
      const detail = `sent ${moved} ${moved === 1 ? "message" : "messages"} back${to}`;
      options.events.emit({ type: "event", source: source.record.displayName, detail });
    });
    this.attempts = new ReceiveAttempts(this);
    for (const record of this.registry.all((name) => this.arnOf(name)))
      this.queues.set(record.name, new Queue(record, this.surroundings));
  }

  /** Takes up the messages of earlier runs: what functions were working on is to be received again. */
  public start(): void {
    this.running = true;
    this.surroundings.store.forgetDuplicates(this.clock.now());
    this.change(() => {
      for (const queue of this.queues.values()) {
        queue.giveBackInterrupted();
        this.catchUp(queue);
      }
    }).catch(this.options.onFault);
  }

  /** Ends every wait; the messages stay. Nothing may be asked of the service any more. */
  public close(): void {
    this.moveTasks.close();
    this.commit.flush();
    this.running = false;
    this.closed = true;
    this.polls.close();
    for (const { timer } of this.timers.values()) timer.cancel();
    this.timers.clear();
  }

  /** Creates a queue or changes it; its messages stay. Attributes that are left out have their defaults. */
  public define({ name, displayName, attributes, tags = {} }: QueueDefinition): Queue {
    const isFifo = attributes["FifoQueue"]?.toLowerCase() === "true";
    checkQueueName(name, isFifo);
    const kept = checkAttributes(attributes, isFifo);
    const now = this.clock.now();
    const existing = this.queues.get(name);
    if (kept["RedrivePolicy"] !== existing?.record.attributes["RedrivePolicy"])
      checkRedrive(this.arnOf(name), settingsOf(kept, isFifo), (target) => this.byArn(target));
    if (existing !== undefined) {
      existing.record.displayName = displayName;
      existing.record.tags = tags;
      this.changeAttributes(existing, kept);
      return existing;
    }
    const about = { name, arn: this.arnOf(name), displayName, attributes: kept, tags };
    const queue = new Queue(this.registry.add({ ...about, created: now, modified: now }), this.surroundings);
    this.queues.set(name, queue);
    return queue;
  }

  /** Changes some attributes of a queue; an empty text takes one back to its default. */
  public setAttributes(queue: Queue, attributes: QueueAttributes): void {
    const kept = checkAttributes({ ...queue.record.attributes, ...attributes }, queue.isFifo);
    // One that was set stays, also where its dead-letter queue is gone by now.
    if (attributes["RedrivePolicy"] !== undefined)
      checkRedrive(queue.record.arn, settingsOf(kept, queue.isFifo), (target) => this.byArn(target));
    this.changeAttributes(queue, kept);
  }

  public setTags(queue: Queue, tags: Readonly<Record<string, string>>): void {
    queue.record.tags = tags;
    this.registry.save(queue.record);
  }

  /** Removes a queue with its messages; one that is not there is no matter. */
  public async remove(name: string): Promise<void> {
    const queue = this.queues.get(name);
    if (queue === undefined) return;
    this.queues.delete(name);
    this.timers.get(queue)?.timer.cancel();
    this.timers.delete(queue);
    this.polls.refuse(queue, queueDoesNotExist());
    await this.change(() => {
      queue.purge();
      this.surroundings.store.forgetDeduplication(queue.record.id);
      this.registry.remove(queue.record.id);
    });
  }

  /** A queue by its name, URL or ARN. @throws `QueueDoesNotExist` */
  public find(nameUrlOrArn: string): Queue {
    const queue = this.queues.get(this.nameOf(nameUrlOrArn) ?? "");
    if (queue === undefined) throw queueDoesNotExist();
    return queue;
  }

  /** All queues, by name. */
  public all(): Queue[] {
    return [...this.queues.values()].sort((a, b) => (a.record.name < b.record.name ? -1 : 1));
  }

  /** All queues as people are told of them, by name. */
  public list(): QueueSummary[] {
    return this.all().map((queue) => this.describe(queue.record.name));
  }

  /** One queue as people are told of it; by its name, URL or ARN. */
  public describe(nameUrlOrArn: string): QueueSummary {
    const queue = this.find(nameUrlOrArn);
    const { name, displayName, arn: queueArn } = queue.record;
    return {
      ...{ name, displayName, arn: queueArn, url: this.urlOf(name), isFifo: queue.isFifo },
      ...queue.depths(),
      deadLetterQueue: this.byArn(queue.settings.redrivePolicy?.deadLetterTargetArn ?? "")?.record.name,
      sources: this.sourcesOf(queue).map(({ record }) => record.name),
    };
  }

  /** The oldest `limit` (default 1000) messages of a queue in whatever state, without receiving them. */
  public messages(nameUrlOrArn: string, limit = 1000): QueueMessage[] {
    return this.surroundings.store.peek(this.find(nameUrlOrArn).record.id, limit);
  }

  /** The same, but one after the other as they are asked for: a message may have 1 MiB. */
  public *eachMessage(nameUrlOrArn: string, limit: number): Iterable<QueueMessage> {
    const { store } = this.surroundings;
    const { id } = this.find(nameUrlOrArn).record;
    for (const sequence of store.sequences(id, limit)) {
      const message = store.bySequence(id, sequence);
      // It may be gone meanwhile.
      if (message !== undefined) yield message;
    }
  }

  /** How many messages a queue holds, in whatever state. */
  public count(nameUrlOrArn: string): number {
    return this.find(nameUrlOrArn).count;
  }

  /** Sends one message; it is on disk when this resolves. */
  public async sendMessage(nameUrlOrArn: string, body: string, more: PlainMessage = {}): Promise<{ id: string }> {
    const queue = this.find(nameUrlOrArn);
    const fifo = queue.isFifo ? { group: more.group ?? "default", deduplicationId: more.deduplicationId } : {};
    const { id } = await this.change(() => queue.send({ ...more, ...fifo, body, senderId: this.account.id }));
    return { id };
  }

  /** Keeps what a function or rule gave up. Where the queue is gone, that is said and the letter is lost, as on AWS. */
  public async send(queueArn: string, body: string, { reason, source, attributes }: DeadLetterCause): Promise<void> {
    if (this.byArn(queueArn) === undefined) {
      const message = `${source} gave up an event (${reason}), and its dead-letter queue ${queueArn} is not there: the event is lost`;
      this.options.events.emit({ type: "notice", level: "warning", message });
      return;
    }
    const entries = Object.entries(attributes ?? {}).filter(([, value]) => value !== "");
    const given = Object.fromEntries(
      entries.map(([name, value]) => [name, { DataType: "String", StringValue: value }]),
    );
    await this.sendMessage(queueArn, body, entries.length === 0 ? {} : { attributes: given });
    this.options.events.emit({ type: "dead-letter", name: source, reason });
  }

  /**
   * Sends a queue's dead letters back to where they came from; resolves when all that were waiting are there.
   * @param nameUrlOrArn the queue, or its dead-letter queue
   */
  public async redrive(nameUrlOrArn: string): Promise<{ moved: number }> {
    const queue = this.find(nameUrlOrArn);
    const { deadLetterTargetArn = "" } = queue.settings.redrivePolicy ?? {};
    return this.moveTasks.run(this.byArn(deadLetterTargetArn) ?? queue);
  }

  /** Receives messages, and waits for them if there are none. @param wait seconds */
  public receive(
    queue: Queue,
    options: ReceiveOptions,
    wait = 0,
    onGone?: (callback: () => void) => void,
  ): Promise<ReceivedMessage[]> {
    return this.change(() => {
      const messages = queue.receive(options);
      if (messages.length > 0 || wait === 0 || !this.running) return messages;
      this.changed.add(queue);
      return this.polls.wait(queue, options, wait, onGone);
    });
  }

  /** Runs changes in the next transaction; resolves once they are on disk. */
  public change<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.closed) return Promise.reject(new AwsError("ServiceUnavailable", "The engine is closing.", 503));
    return this.commit.run(work);
  }

  /**
   * Calls `listener` after every change of one of the queues, also when messages become visible by themselves. There is
   * one listener: the event source mappings.
   */
  public listen(listener: (queueArn: string) => void, queueArns: ReadonlySet<string>): void {
    this.listener = listener;
    this.awaited = queueArns;
    for (const queue of this.queues.values()) this.arm(queue);
  }

  /** The queues that have `queue` as their dead-letter queue. */
  public sourcesOf(queue: Queue): Queue[] {
    return this.all().filter(({ settings }) => settings.redrivePolicy?.deadLetterTargetArn === queue.record.arn);
  }

  public byArn(queueArn: string): Queue | undefined {
    return queueArn.startsWith("arn:") ? this.queues.get(this.nameOf(queueArn) ?? "") : undefined;
  }

  public arnOf(name: string): string {
    return arn(this.account, "sqs", name);
  }

  /** @param endpoint where whoever asks has reached the engine; its own address by default */
  public urlOf(name: string, endpoint = this.account.endpoint ?? ""): string {
    return `${endpoint}/${this.account.id}/${name}`;
  }

  public handle(request: AwsRequest): Promise<AwsResponse> {
    return this.protocol.handle(request, this, this.options.authorize);
  }

  public formatError(error: AwsError, request: AwsRequest): AwsResponse {
    return this.protocol.formatError(error, request);
  }

  /** The name in an ARN or a URL, whatever host that has; undefined where it is another account's. */
  private nameOf(nameUrlOrArn: string): string | undefined {
    const parts =
      /^arn:[\w-]+:sqs:[\w-]+:(\d{12}):([\w.-]+)$/.exec(nameUrlOrArn) ?? /\/(\d{12})\/([\w.-]+)\/?$/.exec(nameUrlOrArn);
    if (parts === null) return nameUrlOrArn;
    return parts[1] === this.account.id ? parts[2] : undefined;
  }

  private changeAttributes(queue: Queue, attributes: QueueAttributes): void {
    queue.record.attributes = attributes;
    queue.record.modified = this.clock.now();
    queue.settings = settingsOf(attributes, queue.isFifo);
    this.registry.save(queue.record);
    if (!this.running) return;
    // Less retention or fewer receives may be for messages that are there already.
    void this.change(() => this.catchUp(queue)).catch(this.options.onFault);
  }

  private deadLetterQueueOf(queue: Queue): Queue | undefined {
    const target = this.byArn(queue.settings.redrivePolicy?.deadLetterTargetArn ?? "");
    if (target === undefined || target === queue || target.isFifo !== queue.isFifo) return undefined;
    const { redrivePermission, sourceQueueArns } = target.settings.redriveAllowPolicy;
    if (redrivePermission === "allowAll") return target;
    return redrivePermission === "byQueue" && sourceQueueArns.includes(queue.record.arn) ? target : undefined;
  }

  private catchUp(queue: Queue): void {
    queue.removeExpired();
    queue.giveUpExhausted();
    this.changed.add(queue);
  }

  private tellOfChanges(): void {
    const changed = [...this.changed];
    this.changed.clear();
    for (const { queue, received } of this.gaveUp.splice(0)) {
      const reason = `received ${received} ${received === 1 ? "time" : "times"} without success`;
      this.options.events.emit({ type: "dead-letter", name: queue.record.displayName, reason });
    }
    for (const queue of changed) {
      this.polls.handOver(queue);
      this.arm(queue);
      if (this.awaited.has(queue.record.arn)) this.listener?.(queue.record.arn);
    }
  }

  /** Nothing of a transaction was kept: what was counted beside the database is counted again. */
  private recover(): void {
    this.changed.clear();
    this.gaveUp.length = 0;
    this.polls.undo();
    for (const queue of this.queues.values()) queue.count = this.surroundings.store.count(queue.record.id);
  }

  /** Waits for the next thing that happens to a queue by itself. */
  private arm(queue: Queue): void {
    if (!this.running || this.queues.get(queue.record.name) !== queue) return;
    const due = queue.nextChange(this.polls.has(queue) || this.awaited.has(queue.record.arn));
    const current = this.timers.get(queue);
    if (current?.due === due) return;
    current?.timer.cancel();
    this.timers.delete(queue);
    if (due === undefined) return;
    const timer = this.clock.after(Math.max(due - this.clock.now(), 0), () => {
      this.timers.delete(queue);
      this.change(() => this.catchUp(queue)).catch(this.options.onFault);
    });
    this.timers.set(queue, { due, timer });
  }
}

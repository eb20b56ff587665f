import { createHash, randomUUID } from "node:crypto";
import { AwsError } from "../protocol/message";
import type { MessageInGroup, MessageStore } from "./message-store";
import { invalidValue } from "./queue-errors";
import type { NewMessage, QueueDepths, QueueMessage, ReceivedMessage, SentMessage } from "./queue-message";
import { settingsOf, type QueueAttributes, type QueueSettings } from "./queue-settings";
import { newToken, parseReceiptHandle, receiptHandle } from "./receipt-handle";

/** What a queue needs of those around it. */
export interface QueueSurroundings {
  readonly store: MessageStore;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Something has changed that others may wait for. */
  changed(queue: Queue): void;
  /** The queue that takes this one's dead letters; undefined where there is none that does. */
  deadLetterQueueOf(queue: Queue): Queue | undefined;
  /** A message went to the dead letters after so many receives. */
  gaveUp(queue: Queue, received: number): void;
}

export interface QueueRecord {
  readonly id: number;
  readonly name: string;
  readonly arn: string;
  /** The queue's name in the program; what people are shown. */
  displayName: string;
  attributes: QueueAttributes;
  tags: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly created: number;
  modified: number;
}

/** What and how to receive. */
export interface ReceiveOptions {
  readonly limit: number;
  /** Seconds; the queue's own timeout by default. */
  readonly visibilityTimeout?: number | undefined;
  /** Received for a function: what was when the engine dies is received again at once at its next start. */
  readonly byMapping?: boolean;
  /** Asked of each message: whether it may come along with those before. The first always may. */
  readonly fits?: (message: QueueMessage) => boolean;
}

const second = 1000;
const deduplicationTime = 300 * second;

/**
 * One queue: what can be done with its messages. Everything here that changes something is called inside a transaction
 * (`GroupCommit`), and refuses before it changes anything.
 */
export class Queue {
  public readonly isFifo: boolean;
  public settings: QueueSettings;
  /** How many messages there are, in whatever state. */
  public count: number;
  /** When it was last emptied. */
  public purgedAt: number | undefined;

  public constructor(
    public readonly record: QueueRecord,
    private readonly surroundings: QueueSurroundings,
  ) {
    this.isFifo = record.name.endsWith(".fifo");
    this.settings = settingsOf(record.attributes, this.isFifo);
    this.count = surroundings.store.count(record.id);
  }

  public send(message: NewMessage): SentMessage {
    const { store } = this.surroundings;
    const { id } = this.record;
    const now = this.surroundings.now();
    const duplicate = this.isFifo ? this.deduplicationOf(message) : undefined;
    const earlier = duplicate && store.findDuplicate(id, duplicate.scope, duplicate.key, now);
    if (earlier !== undefined) return earlier;
    const visibleAt = now + (message.delay ?? this.settings.delay) * second;
    const messageId = randomUUID();
    const sequence = store.insert(id, messageId, message, now, visibleAt);
    const sent = { id: messageId, sequence };
    if (this.isFifo) store.addGroup(id, message.group ?? "", visibleAt);
    if (duplicate) store.rememberDuplicate(id, duplicate.scope, duplicate.key, sent, now + deduplicationTime);
    this.count += 1;
    this.surroundings.changed(this);
    return sent;
  }

  public receive(options: ReceiveOptions): ReceivedMessage[] {
    const { store } = this.surroundings;
    const now = this.surroundings.now();
    this.giveUpExhausted();
    const until = now + (options.visibilityTimeout ?? this.settings.visibilityTimeout) * second;
    const received: ReceivedMessage[] = [];
    for (const message of this.isFifo
      ? this.readyInGroups(options.limit, now)
      : store.ready(this.record.id, now, options.limit)) {
      const fits = options.fits?.(message) ?? true;
      if (received.length > 0 && !fits) break;
      const token = newToken();
      store.take(message.sequence, until, token, options.byMapping === true, now);
      received.push({
        ...message,
        visibleAt: until,
        received: message.received + 1,
        firstReceivedAt: message.firstReceivedAt ?? now,
        receiptHandle: receiptHandle(this.record.id, message.sequence, token),
      });
    }
    this.settle(received);
    if (until <= now) this.giveUpExhausted();
    if (received.length > 0) this.surroundings.changed(this);
    return received;
  }

  /**
   * Deletes what was received with a handle; a handle that is not the message's last one changes nothing
   * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html).
   */
  public delete(handle: string): void {
    const receipt = parseReceiptHandle(this.record.id, handle);
    const found = this.surroundings.store.byReceipt(this.record.id, receipt);
    if (found === undefined) return;
    if (this.isFifo && found.visibleAt <= this.surroundings.now())
      throw invalidValue(handle, "ReceiptHandle", "The receipt handle has expired.");
    this.remove([{ sequence: receipt.sequence, group: found.group }]);
  }

  /**
   * Hides a message for `timeout` seconds from now on. A standard queue takes any handle that the message was received
   * with, also after its timeout has ended; a FIFO queue only that of the receive which still holds.
   */
  public changeVisibility(handle: string, timeout: number): void {
    const { store } = this.surroundings;
    const now = this.surroundings.now();
    const receipt = parseReceiptHandle(this.record.id, handle);
    const { id } = this.record;
    const found = this.isFifo ? store.byReceipt(id, receipt) : store.bySequence(id, receipt.sequence);
    if (found === undefined) {
      const reason = "Message does not exist or is not available for visibility timeout change.";
      throw invalidValue(handle, "ReceiptHandle", reason);
    }
    if (this.isFifo && found.visibleAt <= now) {
      throw new AwsError("MessageNotInflight", "The message referred to is not in flight.");
    }
    store.show(receipt.sequence, now + timeout * second);
    this.settle([found]);
    if (timeout === 0) this.giveUpExhausted();
    this.surroundings.changed(this);
  }

  /** Hands messages out a second time under the handles they were received with, where those are still good. */
  public receiveAgain(messages: readonly ReceivedMessage[], visibilityTimeout?: number): ReceivedMessage[] {
    const { store } = this.surroundings;
    const now = this.surroundings.now();
    const until = now + (visibilityTimeout ?? this.settings.visibilityTimeout) * second;
    const kept = messages.filter(({ receiptHandle: handle }) => {
      const found = store.byReceipt(this.record.id, parseReceiptHandle(this.record.id, handle));
      return found !== undefined && found.visibleAt > now;
    });
    for (const { sequence } of kept) store.show(sequence, until);
    this.settle(kept);
    if (kept.length > 0) this.surroundings.changed(this);
    return kept.map((message) => ({ ...message, visibleAt: until }));
  }

  /** When a received message can be received again; undefined where it is gone, or was received again meanwhile. */
  public visibleAgainAt({ receiptHandle: handle }: ReceivedMessage): number | undefined {
    const { id } = this.record;
    return this.surroundings.store.byReceipt(id, parseReceiptHandle(id, handle))?.visibleAt;
  }

  /** Deletes messages under the handles they were received with; a handle that is not good any more deletes nothing. */
  public deleteReceived(messages: readonly ReceivedMessage[]): void {
    this.remove(messages.filter((message) => this.isHeld(message)));
  }

  /** Takes receives back, as if they had not been: the messages can be received at once. */
  public release(messages: readonly ReceivedMessage[]): void {
    this.giveBack(messages.filter((message) => this.isHeld(message)));
  }

  /** Gives back what functions were working on when the engine ended: they have ended with it. */
  public giveBackInterrupted(): void {
    this.giveBack(this.surroundings.store.interrupted(this.record.id, this.surroundings.now()));
  }

  /**
   * Moves to the dead-letter queue what was received often enough and is visible again. AWS does it at the next receive;
   * here whoever looks finds it there without having to ask.
   */
  public giveUpExhausted(): void {
    const { redrivePolicy } = this.settings;
    if (redrivePolicy === undefined) return;
    const now = this.surroundings.now();
    const exhausted = this.surroundings.store.exhausted(this.record.id, now, redrivePolicy.maxReceiveCount);
    if (exhausted.length === 0) return;
    const to = this.surroundings.deadLetterQueueOf(this);
    if (to === undefined) return;
    for (const { sequence, group } of exhausted) {
      // Standard queues' messages keep their time of sending, and so their age.
      const sentAt = to.isFifo ? now : undefined;
      this.surroundings.store.move(sequence, to.record.id, now, { sentAt, source: this.record.arn });
      if (to.isFifo) this.surroundings.store.addGroup(to.record.id, group ?? "", now);
      this.surroundings.gaveUp(this, redrivePolicy.maxReceiveCount);
    }
    this.count -= exhausted.length;
    to.count += exhausted.length;
    this.settle(exhausted);
    this.surroundings.changed(this);
    this.surroundings.changed(to);
  }

  /** Forgets what is older than the queue keeps messages. */
  public removeExpired(): void {
    const before = this.surroundings.now() - this.settings.retention * second;
    for (;;) {
      const expired = this.surroundings.store.expired(this.record.id, before);
      if (expired.length === 0) return;
      this.remove(expired);
    }
  }

  /**
   * Sends up to `limit` visible messages on as new ones, each to the queue that `to` names for it. Where it names none,
   * that message and those after it stay.
   */
  public moveOn(limit: number, to: (message: QueueMessage) => Queue | undefined): { moved: number; isStuck: boolean } {
    const now = this.surroundings.now();
    const messages = this.isFifo
      ? this.readyInGroups(limit, now)
      : this.surroundings.store.ready(this.record.id, now, limit);
    let moved = 0;
    for (const message of messages) {
      const queue = to(message);
      if (queue === undefined) return { moved, isStuck: true };
      const { body, attributes, senderId, group, traceHeader } = message;
      // What was given up minutes ago is no duplicate of itself.
      const deduplicationId = this.isFifo ? randomUUID() : undefined;
      queue.send({ body, attributes, senderId, group, traceHeader, deduplicationId, delay: 0 });
      this.remove([message]);
      moved += 1;
    }
    return { moved, isStuck: false };
  }

  /** Removes all messages, and forgets what would be a duplicate of them. */
  public purge(): void {
    this.surroundings.store.clear(this.record.id);
    this.surroundings.store.forgetDeduplication(this.record.id);
    this.count = 0;
    this.purgedAt = this.surroundings.now();
    this.surroundings.changed(this);
  }

  /** When something will happen by itself: a message can be received again, is given up, or expires. */
  public nextChange(isAwaited: boolean): number | undefined {
    const { store } = this.surroundings;
    const { redrivePolicy, retention } = this.settings;
    if (this.count === 0) return undefined;
    const now = this.surroundings.now();
    const { id } = this.record;
    const times: number[] = [];
    const add = (time: number | undefined): void => void (time !== undefined && times.push(time));
    if (isAwaited) add(store.nextReady(id, now, this.isFifo));
    if (redrivePolicy !== undefined) add(store.nextExhausted(id, now, redrivePolicy.maxReceiveCount));
    const oldest = store.oldest(id);
    if (oldest !== undefined) times.push(oldest + retention * second);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  public depths(): QueueDepths {
    const { store } = this.surroundings;
    const now = this.surroundings.now();
    const waiting = store.countWaiting(this.record.id, now);
    const inFlight = store.countInFlight(this.record.id, now);
    return { waiting, delayed: Math.max(0, this.count - waiting - inFlight), inFlight };
  }

  /** Whether there are `limit` visible messages; of a FIFO queue, also those that stand behind others. */
  public hasWaiting(limit: number): boolean {
    if (this.count < limit) return false;
    return this.surroundings.store.countWaiting(this.record.id, this.surroundings.now(), limit) >= limit;
  }

  /** Whether messages of `limit` groups of a FIFO queue can be received. */
  public hasReadyGroups(limit: number): boolean {
    if (this.count < limit) return false;
    return this.surroundings.store.readyGroups(this.record.id, this.surroundings.now(), limit).length >= limit;
  }

  /** The first messages of the groups whose first one is visible, with those behind it up to one in flight. */
  private readyInGroups(limit: number, now: number): QueueMessage[] {
    const { store } = this.surroundings;
    const { id } = this.record;
    const found: QueueMessage[] = [];
    for (const group of store.readyGroups(id, now, limit)) {
      for (const message of store.ofGroup(id, group, limit - found.length)) {
        if (message.visibleAt > now) break;
        found.push(message);
      }
      if (found.length >= limit) break;
    }
    return found;
  }

  private remove(messages: readonly MessageInGroup[]): void {
    for (const { sequence } of messages) this.surroundings.store.remove(sequence);
    this.count -= messages.length;
    this.settle(messages);
    this.surroundings.changed(this);
  }

  private giveBack(messages: readonly MessageInGroup[]): void {
    for (const { sequence } of messages) this.surroundings.store.giveBack(sequence, this.surroundings.now());
    this.settle(messages);
    if (messages.length > 0) this.surroundings.changed(this);
  }

  /** Whether nobody has received a message since, and, of a FIFO queue, nobody can have. */
  private isHeld(message: ReceivedMessage): boolean {
    const visibleAt = this.visibleAgainAt(message);
    return visibleAt !== undefined && (!this.isFifo || visibleAt > this.surroundings.now());
  }

  /** Lets the groups of messages that have changed go on, or holds them. */
  private settle(messages: readonly { readonly group: string | undefined }[]): void {
    if (!this.isFifo) return;
    for (const group of new Set(messages.map((message) => message.group ?? "")))
      this.surroundings.store.settleGroup(this.record.id, group);
  }

  private deduplicationOf({ body, group, deduplicationId }: NewMessage): { scope: string; key: string } {
    return {
      scope: this.settings.deduplicationScope === "messageGroup" ? (group ?? "") : "",
      key: deduplicationId ?? createHash("sha256").update(body).digest("hex"),
    };
  }
}

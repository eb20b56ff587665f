import type { Clock, ClockTimer } from "../clock";
import type { Queue, ReceiveOptions } from "./queue";
import type { ReceivedMessage } from "./queue-message";

interface Waiting {
  readonly options: ReceiveOptions;
  readonly timer: ClockTimer;
  readonly resolve: (messages: ReceivedMessage[]) => void;
  readonly reject: (error: Error) => void;
  /** What it got in the transaction that is not committed yet. */
  messages?: ReceivedMessage[] | undefined;
}

/** Receivers that wait for a queue's next message, in the order in which they came. */
export class LongPolls {
  private readonly waiting = new Map<Queue, Waiting[]>();

  public constructor(private readonly clock: Clock) {}

  /**
   * Waits for messages, for at most `seconds`; resolves without any then.
   * @param onGone calls back when the receiver has gone away: it would be handed messages that nobody gets.
   */
  public wait(
    queue: Queue,
    options: ReceiveOptions,
    seconds: number,
    onGone?: (callback: () => void) => void,
  ): Promise<ReceivedMessage[]> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        if (this.leave(queue, poll)) resolve([]);
      };
      const poll: Waiting = { options, resolve, reject, timer: this.clock.after(seconds * 1000, end) };
      const others = this.waiting.get(queue);
      if (others === undefined) this.waiting.set(queue, [poll]);
      else others.push(poll);
      onGone?.(end);
    });
  }

  public has(queue: Queue): boolean {
    return this.waiting.has(queue);
  }

  /** Receives for those who wait, inside a transaction. */
  public serve(queue: Queue): void {
    for (const poll of this.waiting.get(queue) ?? []) {
      if (poll.messages !== undefined) continue;
      const messages = queue.receive(poll.options);
      if (messages.length === 0) return;
      poll.messages = messages;
    }
  }

  /** Hands over what {@link serve} has received, once the transaction is on disk. */
  public handOver(queue: Queue): void {
    for (const poll of [...(this.waiting.get(queue) ?? [])]) {
      if (poll.messages !== undefined && this.leave(queue, poll)) poll.resolve(poll.messages);
    }
  }

  /** Nothing was received after all. */
  public undo(): void {
    for (const polls of this.waiting.values()) for (const poll of polls) poll.messages = undefined;
  }

  /** The queue is gone. */
  public refuse(queue: Queue, error: Error): void {
    for (const poll of [...(this.waiting.get(queue) ?? [])]) if (this.leave(queue, poll)) poll.reject(error);
  }

  /** Everyone's wait ends, without messages. */
  public close(): void {
    for (const [queue, polls] of this.waiting)
      for (const poll of [...polls]) if (this.leave(queue, poll)) poll.resolve([]);
  }

  private leave(queue: Queue, poll: Waiting): boolean {
    const polls = this.waiting.get(queue) ?? [];
    const index = polls.indexOf(poll);
    if (index < 0) return false;
    polls.splice(index, 1);
    if (polls.length === 0) this.waiting.delete(queue);
    poll.timer.cancel();
    return true;
  }
}

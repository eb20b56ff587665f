import type { Queue, ReceiveOptions } from "./queue";
import type { ReceivedMessage } from "./queue-message";
import type { QueueService } from "./queue-service";

interface Attempt {
  readonly messages: readonly ReceivedMessage[];
  readonly expires: number;
}

const attemptTime = 300_000;

/**
 * Receives of FIFO queues that were tried again because the answer got lost: within five minutes the same attempt gets
 * the same messages, while none of them was changed
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html).
 */
export class ReceiveAttempts {
  private readonly attempts = new Map<string, Attempt>();

  public constructor(private readonly service: Pick<QueueService, "change" | "clock">) {}

  /** What the attempt got before; undefined where it is new, or where nothing of that is left. */
  public async repeat(queue: Queue, id: string, options: ReceiveOptions): Promise<ReceivedMessage[] | undefined> {
    const attempt = this.attempts.get(keyOf(queue, id));
    if (attempt === undefined || attempt.expires <= this.service.clock.now()) return undefined;
    const again = await this.service.change(() => queue.receiveAgain(attempt.messages, options.visibilityTimeout));
    return again.length === attempt.messages.length ? again : undefined;
  }

  public remember(queue: Queue, id: string, messages: readonly ReceivedMessage[]): void {
    const now = this.service.clock.now();
    // They are remembered in the order in which they expire.
    for (const [key, { expires }] of this.attempts) {
      if (expires > now) break;
      this.attempts.delete(key);
    }
    if (!queue.isFifo || messages.length === 0) return;
    this.attempts.delete(keyOf(queue, id));
    this.attempts.set(keyOf(queue, id), { messages, expires: now + attemptTime });
  }
}

function keyOf(queue: Queue, id: string): string {
  return `${queue.record.id}/${id}`;
}

import type { QueueService } from "../engine/services/queues/queue-service";

/** A message that a queue holds. */
export interface LocalMessage {
  readonly id: string;
  /** What was sent; the text as it is where that is no JSON. */
  readonly body: unknown;
  /** How often it was received so far. */
  readonly receiveCount: number;
  readonly sentAt: Date;
  readonly group?: string;
}

/** A queue of a program that runs. */
export class LocalQueue {
  public constructor(
    private readonly queues: QueueService,
    private readonly name: string,
  ) {}

  /** The queue of what could not be processed. @throws where it has none */
  public get deadLetters(): LocalQueue {
    const { deadLetterQueue, displayName } = this.queues.describe(this.name);
    if (deadLetterQueue === undefined) throw new Error(`queue ${displayName} has no dead letters`);
    return new LocalQueue(this.queues, deadLetterQueue);
  }

  /** Sends a message, as JSON. @param options `delay` in seconds */
  public async send(
    body: unknown,
    options: { readonly delay?: number; readonly group?: string; readonly deduplicationId?: string } = {},
  ): Promise<{ readonly id: string }> {
    return this.queues.sendMessage(this.name, JSON.stringify(body), options);
  }

  /** The messages that it holds, the oldest first: also those that are delayed, or being processed. */
  public messages(): LocalMessage[] {
    return this.queues.messages(this.name).map(({ id, body, received, sentAt, group }) => ({
      id,
      body: parsed(body),
      receiveCount: received,
      sentAt: new Date(sentAt),
      ...(group === undefined ? {} : { group }),
    }));
  }

  /** Sends dead letters back to where they came from: this queue's, or those that it holds. */
  public redrive(): Promise<{ readonly moved: number }> {
    return this.queues.redrive(this.name);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

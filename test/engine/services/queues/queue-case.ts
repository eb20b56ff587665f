import type { QueueFixture } from "./queue-fixture";

export type Entry = Record<string, unknown>;

/** The attributes of a FIFO queue that tells duplicates by their content. */
export const fifo = { FifoQueue: "true", ContentBasedDeduplication: "true" };

/** What the cases of SQS start from: queues without anything in them, as one client finds them. */
export class QueueCase {
  private started: QueueFixture | undefined;

  public constructor(start: () => Promise<QueueFixture>) {
    beforeEach(async () => {
      this.started = await start();
    });
    afterEach(() => this.queues.close());
  }

  public get queues(): QueueFixture {
    if (this.started === undefined) throw new Error("queues are there while a test runs");
    return this.started;
  }

  public readonly tick = (seconds: number) => this.queues.clock.tick(seconds * 1000);

  public readonly attributes = async (QueueUrl: string, ...AttributeNames: string[]) => {
    const { Attributes } = await this.queues.ok("GetQueueAttributes", { QueueUrl, AttributeNames });
    return Attributes as Record<string, string>;
  };

  /** How many messages wait, are delayed, and are in flight. */
  public readonly depths = async (url: string) => {
    const shown = await this.attributes(url, "All");
    return ["", "Delayed", "NotVisible"].map((kind) => Number(shown[`ApproximateNumberOfMessages${kind}`]));
  };

  public readonly batch = (entries: Entry[]) => entries.map((entry, index) => ({ Id: `e${index}`, ...entry }));

  public readonly sendTo = async (QueueUrl: string, MessageGroupId: string, ...bodies: string[]) => {
    for (const MessageBody of bodies) await this.queues.ok("SendMessage", { QueueUrl, MessageBody, MessageGroupId });
  };
}

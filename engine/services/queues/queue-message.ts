import type { MessageAttributes } from "./message-attributes";

/** A message that is to be put into a queue; everything about it has been checked. */
export interface NewMessage {
  readonly body: string;
  readonly attributes?: MessageAttributes | undefined;
  /** The ARN-like id of who sent it. */
  readonly senderId: string;
  /** Seconds; the queue's own delay by default. */
  readonly delay?: number | undefined;
  readonly group?: string | undefined;
  readonly deduplicationId?: string | undefined;
  readonly traceHeader?: string | undefined;
}

/** What became of a sent message. */
export interface SentMessage {
  readonly id: string;
  readonly sequence: number;
}

/** A message of a queue, as it is kept. All times are milliseconds since the epoch. */
export interface QueueMessage {
  /** Grows with each message of the stack; part of a FIFO queue's sequence numbers. */
  readonly sequence: number;
  readonly id: string;
  readonly body: string;
  readonly attributes: MessageAttributes | undefined;
  readonly senderId: string;
  readonly sentAt: number;
  /** Until when it is delayed or in flight. */
  readonly visibleAt: number;
  /** How often it was received. */
  readonly received: number;
  readonly firstReceivedAt: number | undefined;
  readonly group: string | undefined;
  readonly deduplicationId: string | undefined;
  readonly traceHeader: string | undefined;
  /** The ARN of the queue that gave it up. */
  readonly deadLetterSource: string | undefined;
}

/** A message that was received. */
export interface ReceivedMessage extends QueueMessage {
  readonly receiptHandle: string;
}

/** How many messages a queue holds. */
export interface QueueDepths {
  /** Ready to be received. */
  readonly waiting: number;
  readonly delayed: number;
  /** Received and not deleted yet. */
  readonly inFlight: number;
}

/** A FIFO queue's number of a message: 20 digits that grow. */
export function sequenceNumber({ sequence }: { readonly sequence: number }): string {
  return `1${String(sequence).padStart(19, "0")}`;
}

/** The system attributes of a received message, by AWS's names. */
export function systemAttributes(message: QueueMessage, isFifo: boolean): Record<string, string> {
  const { group, deduplicationId, traceHeader, deadLetterSource } = message;
  return {
    SenderId: message.senderId,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.received),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? 0),
    ...(isFifo && { SequenceNumber: sequenceNumber(message) }),
    ...(group !== undefined && { MessageGroupId: group }),
    ...(deduplicationId !== undefined && { MessageDeduplicationId: deduplicationId }),
    ...(traceHeader !== undefined && { AWSTraceHeader: traceHeader }),
    ...(deadLetterSource !== undefined && { DeadLetterQueueSourceArn: deadLetterSource }),
  };
}

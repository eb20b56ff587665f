import { invalidReceiptHandle } from "./queue-errors";

/** What a receipt handle stands for: one receive of one message. */
export interface Receipt {
  readonly sequence: number;
  /** Drawn anew at each receive. */
  readonly token: number;
}

/** A handle for one receive of a message of a queue; opaque to whoever gets it, as on AWS. */
export function receiptHandle(queueId: number, sequence: number, token: number): string {
  return Buffer.from(`TQ1/${queueId}/${sequence}/${token}`).toString("base64");
}

/** Reads a handle back; throws ReceiptHandleIsInvalid for anything else, and for another queue's. */
export function parseReceiptHandle(queueId: number, handle: string): Receipt {
  const match = /^TQ1\/(\d{1,15})\/(\d{1,15})\/(\d{1,15})$/.exec(Buffer.from(handle, "base64").toString("latin1"));
  if (match === null || Number(match[1]) !== queueId) throw invalidReceiptHandle(handle);
  return { sequence: Number(match[2]), token: Number(match[3]) };
}

/** A number that tells one receive of a message from every other. */
export function newToken(): number {
  return Math.floor(Math.random() * 2 ** 48);
}

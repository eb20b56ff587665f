/** An invocation, as it is handed to a function's process. */
export interface FunctionEvent {
  readonly requestId: string;
  readonly functionArn: string;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly payload: Buffer;
  readonly clientContext?: string;
}

/**
 * The bytes that hand an event to a process: four bytes of length, a line of JSON that says what it is, then the event
 * as it is. One write: each one more wakes the process once more.
 */
export function eventFrame({ payload, ...about }: FunctionEvent): Buffer {
  const header = `${JSON.stringify(about)}\n`;
  const headerLength = Buffer.byteLength(header);
  const frame = Buffer.allocUnsafe(4 + headerLength + payload.length);
  frame.writeUInt32BE(headerLength + payload.length);
  frame.write(header, 4);
  payload.copy(frame, 4 + headerLength);
  return frame;
}

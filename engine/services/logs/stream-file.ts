import * as fs from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import type { InvocationOutcome } from "../engine-events";

/** One event of a log stream. */
export interface LogEvent {
  /** Milliseconds since the epoch, as its writer said. */
  readonly timestamp: number;
  /** Milliseconds since the epoch at which it was written down. */
  readonly ingestionTime: number;
  readonly message: string;
  /** What people are told in place of it; not part of CloudWatch's answers. */
  readonly note?: LogNote;
}

/** Of a line that Lambda adds: nothing that people need, or how the invocation ended. */
export type LogNote = { readonly kind: "platform" } | { readonly kind: "end"; readonly outcome: InvocationOutcome };

/** An event with where it stands in its file, in bytes: from `start` up to `end`. */
export interface PlacedEvent extends LogEvent {
  readonly start: number;
  readonly end: number;
}

/** What the first line of a file says. */
interface StreamHeader {
  readonly stream: string;
  readonly created: number;
}

const chunkBytes = 64 * 1024;
const newline = 0x0a;

/** Makes the file of a new stream; its first line names the stream, which its file name only resembles. */
export function createStreamFile(file: string, header: StreamHeader): void {
  fs.writeFileSync(file, `${JSON.stringify(header)}\n`, { flag: "wx" });
}

/** The header of a stream's file; undefined where the file is not one. */
export function readStreamHeader(file: string): (StreamHeader & { length: number }) | undefined {
  const descriptor = fs.openSync(file, "r");
  try {
    // A stream's name has at most 512 characters.
    const buffer = Buffer.alloc(4096);
    const read = fs.readSync(descriptor, buffer, 0, buffer.length, 0);
    const end = buffer.subarray(0, read).indexOf(newline);
    const value = end < 0 ? undefined : parseLine(buffer.subarray(0, end));
    const stream = value?.["stream"];
    const created = value?.["created"];
    if (typeof stream !== "string" || typeof created !== "number") return undefined;
    return { stream, created, length: end + 1 };
  } finally {
    fs.closeSync(descriptor);
  }
}

/** The line that keeps an event. */
export function eventLine(event: LogEvent): string {
  return `${JSON.stringify({ t: event.timestamp, i: event.ingestionTime, m: event.message, n: event.note })}\n`;
}

/** Opens a file for appending. A line that a crash cut short is ended first, so that it spoils no other. */
export function openForAppending(file: string): number {
  const descriptor = fs.openSync(file, "r+");
  const { size } = fs.fstatSync(descriptor);
  const last = Buffer.alloc(1);
  if (size > 0) fs.readSync(descriptor, last, 0, 1, size - 1);
  fs.closeSync(descriptor);
  const appending = fs.openSync(file, "a");
  if (size > 0 && last[0] !== newline) fs.writeSync(appending, "\n");
  return appending;
}

/** The events from byte `from` on, oldest first. */
export async function* readForward(file: string, from: number): AsyncGenerator<PlacedEvent> {
  const handle = await open(file, "r");
  try {
    let position = from;
    let lineStart = from;
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const chunk = await readAt(handle, position, chunkBytes);
      if (chunk.length === 0) return;
      position += chunk.length;
      let buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let end = buffer.indexOf(newline); end >= 0; end = buffer.indexOf(newline)) {
        const event = parseEvent(buffer.subarray(0, end), lineStart);
        lineStart += end + 1;
        buffer = buffer.subarray(end + 1);
        if (event !== undefined) yield event;
      }
      rest = buffer;
    }
  } finally {
    await handle.close();
  }
}

/** The events that end at byte `before` or earlier, newest first. Without `before`: from the end of the file. */
export async function* readBackward(file: string, before?: number): AsyncGenerator<PlacedEvent> {
  const handle = await open(file, "r");
  try {
    let position = before ?? (await handle.stat()).size;
    let rest: Buffer = Buffer.alloc(0);
    while (position > 0) {
      const start = Math.max(0, position - chunkBytes);
      const buffer: Buffer = Buffer.concat([await readAt(handle, start, position - start), rest]);
      position = start;
      let end = buffer.length;
      // The newline at `end - 1` ends the line itself, so the line begins after the one before that.
      for (let begin = lineBegin(buffer, end); begin > 0; begin = lineBegin(buffer, end)) {
        const event = parseEvent(trimNewline(buffer.subarray(begin, end)), start + begin);
        end = begin;
        if (event !== undefined) yield event;
      }
      rest = buffer.subarray(0, end);
    }
  } finally {
    await handle.close();
  }
}

function lineBegin(buffer: Buffer, end: number): number {
  return end < 2 ? 0 : buffer.lastIndexOf(newline, end - 2) + 1;
}

function trimNewline(line: Buffer): Buffer {
  return line.at(-1) === newline ? line.subarray(0, -1) : line;
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function parseEvent(line: Buffer, start: number): PlacedEvent | undefined {
  const value = parseLine(line);
  const timestamp = value?.["t"];
  const ingestionTime = value?.["i"];
  const message = value?.["m"];
  if (typeof timestamp !== "number" || typeof ingestionTime !== "number" || typeof message !== "string")
    return undefined;
  const note = value?.["n"] as LogNote | undefined;
  return { timestamp, ingestionTime, message, ...(note && { note }), start, end: start + line.length + 1 };
}

function parseLine(line: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

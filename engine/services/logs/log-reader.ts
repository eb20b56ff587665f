import type { LogStore, LogStream } from "./log-store";
import { readBackward, readForward, type LogEvent, type PlacedEvent } from "./stream-file";

/** A page of one stream, oldest first, and where the pages before and after it are. */
interface StreamPage {
  readonly events: readonly LogEvent[];
  /** Bytes; the events before this offset are older than the page. */
  readonly backward: number;
  /** Bytes; the events from this offset on are newer than the page. */
  readonly forward: number;
}

/** What to read: times in milliseconds since the epoch, `limit` in events. */
export interface ReadOptions {
  /** The first time that is read. */
  readonly from: number;
  /** The first time that is not read any more. */
  readonly before: number;
  readonly limit: number;
}

// AWS answers with at most 1 MiB, counting 26 bytes beside each message
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html).
const pageBytes = 1024 * 1024;
const eventOverhead = 26;

/** An event of a group with the stream it is in. */
export interface GroupEvent extends PlacedEvent {
  readonly stream: LogStream;
}

/** Reads the events from byte `offset` on (from the first where undefined). */
export async function pageForward(
  stream: LogStream,
  offset: number | undefined,
  options: ReadOptions,
): Promise<StreamPage> {
  const start = Math.max(offset ?? stream.headerLength, stream.headerLength);
  const page: PlacedEvent[] = [];
  let bytes = 0;
  for await (const event of readForward(stream.file, start)) {
    if (event.timestamp < options.from || event.timestamp >= options.before) continue;
    bytes += sizeOf(event);
    if (page.length > 0 && bytes > pageBytes) break;
    page.push(event);
    if (page.length >= options.limit) break;
  }
  return { events: page, backward: page[0]?.start ?? start, forward: page.at(-1)?.end ?? start };
}

/** Reads the events that end at byte `offset` or earlier (from the last where undefined). */
export async function pageBackward(
  stream: LogStream,
  offset: number | undefined,
  options: ReadOptions,
): Promise<StreamPage> {
  const page: PlacedEvent[] = [];
  let bytes = 0;
  for await (const event of readBackward(stream.file, offset)) {
    if (event.timestamp < options.from || event.timestamp >= options.before) continue;
    bytes += sizeOf(event);
    if (page.length > 0 && bytes > pageBytes) break;
    page.push(event);
    if (page.length >= options.limit) break;
  }
  page.reverse();
  const start = offset ?? stream.headerLength;
  return { events: page, backward: page[0]?.start ?? start, forward: page.at(-1)?.end ?? start };
}

/** The events of several streams in the order they happened; each stream is read only as far as it is asked for. */
export async function* mergeStreams(streams: readonly LogStream[], options: ReadOptions): AsyncGenerator<GroupEvent> {
  const readers = streams.map((stream) => ({
    stream,
    events: readForward(stream.file, stream.headerLength),
    head: undefined as PlacedEvent | undefined,
  }));
  const advance = async (reader: (typeof readers)[number]): Promise<void> => {
    for (;;) {
      const next = await reader.events.next();
      reader.head = next.done === true ? undefined : next.value;
      if (reader.head === undefined) return;
      if (reader.head.timestamp >= options.from && reader.head.timestamp < options.before) return;
    }
  };
  try {
    await Promise.all(readers.map(advance));
    for (;;) {
      let earliest: (typeof readers)[number] | undefined;
      for (const reader of readers) {
        if (reader.head === undefined) continue;
        if (earliest?.head === undefined || reader.head.timestamp < earliest.head.timestamp) earliest = reader;
      }
      if (earliest?.head === undefined) return;
      yield { ...earliest.head, stream: earliest.stream };
      await advance(earliest);
    }
  } finally {
    await Promise.all(readers.map(({ events }) => events.return(undefined)));
  }
}

/** The last `limit` events of a group or of one of its streams, oldest first. */
export async function readTail(
  store: LogStore,
  group: string,
  streams: readonly LogStream[],
  limit: number,
): Promise<LogEvent[]> {
  const from = store.keptFrom(group);
  let newest: LogEvent[] = [];
  for (const stream of streams) {
    const page: LogEvent[] = [];
    for await (const event of readBackward(stream.file)) {
      if (event.timestamp < from) continue;
      page.push(event);
      if (page.length >= limit) break;
    }
    newest = [...page.reverse(), ...newest].sort((a, b) => a.timestamp - b.timestamp).slice(-limit);
  }
  return newest;
}

function sizeOf(event: LogEvent): number {
  return Buffer.byteLength(event.message) + eventOverhead;
}

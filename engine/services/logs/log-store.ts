import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Clock } from "../clock";
import {
  createStreamFile,
  eventLine,
  openForAppending,
  readBackward,
  readForward,
  readStreamHeader,
  type LogEvent,
} from "./stream-file";

/** A log group's settings. */
export interface LogGroup {
  readonly name: string;
  /** Undefined keeps events for ever. */
  readonly retentionDays: number | undefined;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

/** A log stream and its file. */
export interface LogStream {
  readonly name: string;
  readonly file: string;
  readonly created: number;
  /** Bytes of the file before its first event. */
  readonly headerLength: number;
}

/** An event as its writer hands it over. */
export type WrittenEvent = Pick<LogEvent, "message" | "timestamp" | "note">;

interface LoadedGroup {
  group: LogGroup;
  readonly folder: string;
  /** Undefined until somebody asks for them. */
  streams: Map<string, LogStream> | undefined;
}

// Enough for every function that runs at once; the least recently written is closed beyond that.
const openFiles = 64;
const dayMilliseconds = 86_400_000;

/** Log groups as folders of append-only files, one a stream, that a person can read with any tool. */
export class LogStore {
  private readonly groups = new Map<string, LoadedGroup>();
  private readonly descriptors = new Map<string, number>();

  public constructor(
    private readonly folder: string,
    private readonly clock: Clock,
  ) {
    fs.mkdirSync(folder, { recursive: true });
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const group = readGroup(path.join(folder, entry.name, "group.json"));
      if (group === undefined) continue;
      this.groups.set(group.name, { group, folder: path.join(folder, entry.name), streams: undefined });
    }
  }

  /** Makes a group, or changes how long one keeps its events. */
  public putGroup(name: string, retentionDays: number | undefined): void {
    const known = this.groups.get(name);
    const folder = known?.folder ?? path.join(this.folder, safeName(name));
    const group = { name, retentionDays, created: known?.group.created ?? this.clock.now() };
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, "group.json"), JSON.stringify(group));
    if (known === undefined) this.groups.set(name, { group, folder, streams: undefined });
    else known.group = group;
  }

  public removeGroup(name: string): void {
    const known = this.groups.get(name);
    if (known === undefined) return;
    this.closeFiles(known.folder + path.sep);
    this.groups.delete(name);
    fs.rmSync(known.folder, { recursive: true, force: true });
  }

  public group(name: string): LogGroup | undefined {
    return this.groups.get(name)?.group;
  }

  /** All groups, by name. */
  public list(): LogGroup[] {
    return [...this.groups.values()].map(({ group }) => group).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** A group's streams, by name. */
  public streams(groupName: string): LogStream[] {
    const group = this.groups.get(groupName);
    if (group === undefined) return [];
    return [...this.streamsOf(group).values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  public stream(groupName: string, streamName: string): LogStream | undefined {
    const group = this.groups.get(groupName);
    return group === undefined ? undefined : this.streamsOf(group).get(streamName);
  }

  /** Makes a stream in a group that exists; one that exists is returned. */
  public createStream(groupName: string, streamName: string): LogStream {
    const group = this.groups.get(groupName);
    if (group === undefined) throw new Error(`There is no log group ${groupName}.`);
    const streams = this.streamsOf(group);
    const known = streams.get(streamName);
    if (known !== undefined) return known;
    const file = path.join(group.folder, `${safeName(streamName)}.jsonl`);
    const header = { stream: streamName, created: this.clock.now() };
    createStreamFile(file, header);
    const headerLength = Buffer.byteLength(JSON.stringify(header)) + 1;
    const stream = { name: streamName, file, created: header.created, headerLength };
    streams.set(streamName, stream);
    return stream;
  }

  /** Deletes a stream of a group with everything in it. */
  public removeStream(groupName: string, stream: LogStream): void {
    this.closeFiles(stream.file);
    this.groups.get(groupName)?.streams?.delete(stream.name);
    fs.rmSync(stream.file, { force: true });
  }

  /**
   * Writes events at the end of their stream. Synchronously: what a program printed before it crashed is what its
   * developer looks for, and the order of lines is the order of calls.
   */
  public append(stream: LogStream, events: readonly WrittenEvent[]): void {
    const descriptor = this.descriptors.get(stream.file) ?? openForAppending(stream.file);
    this.descriptors.delete(stream.file);
    this.descriptors.set(stream.file, descriptor);
    if (this.descriptors.size > openFiles) this.closeOldest();
    const ingestionTime = this.clock.now();
    const lines = events.map((event) => eventLine({ ...event, ingestionTime }));
    fs.writeSync(descriptor, Buffer.from(lines.join("")));
  }

  /** The time from which on a group's events are kept, in milliseconds since the epoch. */
  public keptFrom(groupName: string): number {
    const days = this.groups.get(groupName)?.group.retentionDays;
    return days === undefined ? Number.NEGATIVE_INFINITY : this.clock.now() - days * dayMilliseconds;
  }

  /** When a stream's first and last events happened; undefined for an empty one. */
  public async times(stream: LogStream): Promise<{ first: number; last: number; lastIngestion: number } | undefined> {
    for await (const last of readBackward(stream.file)) {
      for await (const first of readForward(stream.file, stream.headerLength))
        return { first: first.timestamp, last: last.timestamp, lastIngestion: last.ingestionTime };
    }
    return undefined;
  }

  /** Deletes the streams of which nothing is kept any more; reading leaves out what else has expired. */
  public async expire(): Promise<void> {
    for (const [name, group] of this.groups) {
      const keptFrom = this.keptFrom(name);
      if (keptFrom === Number.NEGATIVE_INFINITY) continue;
      for (const stream of this.streamsOf(group).values()) {
        const newest = (await this.times(stream))?.last ?? stream.created;
        if (newest >= keptFrom) continue;
        this.removeStream(name, stream);
      }
    }
  }

  public close(): void {
    this.closeFiles("");
  }

  private streamsOf(group: LoadedGroup): Map<string, LogStream> {
    if (group.streams !== undefined) return group.streams;
    group.streams = new Map();
    for (const entry of fs.readdirSync(group.folder)) {
      if (!entry.endsWith(".jsonl")) continue;
      const file = path.join(group.folder, entry);
      const header = readStreamHeader(file);
      if (header === undefined) continue;
      const { stream: name, created, length: headerLength } = header;
      group.streams.set(name, { name, file, created, headerLength });
    }
    return group.streams;
  }

  private closeOldest(): void {
    for (const file of this.descriptors.keys()) return this.closeFiles(file);
  }

  private closeFiles(prefix: string): void {
    for (const [file, descriptor] of this.descriptors) {
      if (!file.startsWith(prefix)) continue;
      fs.closeSync(descriptor);
      this.descriptors.delete(file);
    }
  }
}

/**
 * A file name for any group or stream: what it resembles for people, a hash so that no two names meet, also on disks
 * that ignore case, and no name leaves its folder.
 */
function safeName(name: string): string {
  const readable = name
    .replace(/[^A-Za-z0-9_-]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 80);
  return `${readable}.${createHash("sha256").update(name).digest("hex").slice(0, 16)}`;
}

function readGroup(file: string): LogGroup | undefined {
  try {
    const value = JSON.parse(fs.readFileSync(file, "utf8")) as Partial<LogGroup>;
    if (typeof value.name !== "string" || typeof value.created !== "number") return undefined;
    const retentionDays = typeof value.retentionDays === "number" ? value.retentionDays : undefined;
    return { name: value.name, retentionDays, created: value.created };
  } catch {
    // A folder that is not a log group, or one that a crash left half made: it holds nothing.
    return undefined;
  }
}

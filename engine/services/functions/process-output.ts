import { StringDecoder } from "node:string_decoder";
import { unfinishedWork, type UnfinishedWork } from "../engine-events";

/** What a function printed: one call of console, or one line written past it. */
export interface PrintedLine {
  readonly requestId?: string;
  /** TRACE to FATAL; undefined for a line that was written past console. */
  readonly level?: string;
  readonly line: string;
  /** The event for the log group, where it is not the line itself. */
  readonly record?: string;
  /** True for the error that ends the invocation, or the start of the process. */
  readonly ends?: boolean;
}

/** What a process said of how its invocation ended. */
export type HandlerResult =
  | { readonly kind: "response"; readonly payload: Buffer; readonly unfinished?: UnfinishedWork }
  | { readonly kind: "error"; readonly payload: Buffer }
  /** The response is larger than Lambda takes. */
  | { readonly kind: "too-large" };

/** What a process tells the engine. */
interface FrameListener {
  /** The handler is loaded. */
  onReady(): void;
  onLine(line: PrintedLine): void;
  /** It has taken the invocation. Not told of one that ends at once. */
  onBegin(requestId: string): void;
  /** All that the invocation printed was told before. @param memory peak resident memory of the process in KB */
  onResult(requestId: string, result: HandlerResult, memory: number): void;
  /** Its code cannot be loaded. @param document an error document in JSON */
  onInitError(document: Buffer): void;
}

// A line has at most 1 MiB of characters, and is sent twice, escaped; a response is shorter.
const longestFrame = 16 * 1024 * 1024;
const newline = 0x0a;

/** Takes apart what `runtime/log-channel.js` sends: four bytes of length, a line of JSON, then a payload where there is one. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private length = 0;

  public constructor(private readonly listener: FrameListener) {}

  /** @returns false where the bytes are no frames: whoever sends them is not our bootstrap any more. */
  public push(chunk: Buffer): boolean {
    this.chunks.push(chunk);
    this.length += chunk.length;
    while (this.length >= 4) {
      let first = this.chunks[0] ?? Buffer.alloc(0);
      if (first.length < 4) this.chunks = [(first = Buffer.concat(this.chunks, this.length))];
      const size = first.readUInt32BE(0);
      if (size > longestFrame) return false;
      if (this.length < 4 + size) return true;
      const all = this.chunks.length === 1 ? first : Buffer.concat(this.chunks, this.length);
      this.chunks = [all.subarray(4 + size)];
      this.length -= 4 + size;
      if (!this.accept(all.subarray(4, 4 + size))) return false;
    }
    return true;
  }

  private accept(body: Buffer): boolean {
    const end = body.indexOf(newline);
    let frame: Record<string, unknown>;
    try {
      frame = JSON.parse(body.toString("utf8", 0, end < 0 ? body.length : end)) as Record<string, unknown>;
    } catch {
      return false;
    }
    const payload = body.subarray(end < 0 ? body.length : end + 1);
    const requestId = typeof frame["requestId"] === "string" ? frame["requestId"] : undefined;
    const { kind } = frame;
    switch (kind) {
      case "ready":
        this.listener.onReady();
        break;
      case "begin":
        this.listener.onBegin(requestId ?? "");
        break;
      case "response":
      case "error":
      case "too-large": {
        const unfinished = unfinishedWork.find((work) => work === frame["unfinished"]);
        const result = kind === "too-large" ? { kind } : { kind, payload, ...(unfinished && { unfinished }) };
        this.listener.onResult(requestId ?? "", result, Number(frame["memory"]));
        break;
      }
      case "init-error":
        this.listener.onInitError(payload);
        break;
      default:
        this.acceptLine(frame, requestId);
    }
    return true;
  }

  private acceptLine(frame: Record<string, unknown>, requestId: string | undefined): void {
    const about = requestId === undefined ? {} : { requestId };
    const line = String(frame["line"]);
    if (frame["kind"] === "output") this.listener.onLine({ ...about, line });
    if (frame["kind"] !== "log") return;
    const level = String(frame["level"]);
    const text = `${String(frame["time"])}\t${requestId ?? "undefined"}\t${level}\t${line}`;
    const record = typeof frame["record"] === "string" ? frame["record"] : text;
    this.listener.onLine({ ...about, level, line, record, ...(frame["ends"] === true && { ends: true }) });
  }
}

/** Lines of a stream of bytes in UTF-8; bytes that are not are shown as U+FFFD. */
export class LineReader {
  private readonly decoder = new StringDecoder("utf8");
  private rest = "";

  public constructor(private readonly onLine: (line: PrintedLine) => void) {}

  public push(chunk: Buffer): void {
    const lines = (this.rest + this.decoder.write(chunk)).split("\n");
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.onLine({ line });
    // Whoever prints without ever ending a line does not fill the engine's memory.
    if (this.rest.length > 1024 * 1024) this.flush();
  }

  /** Hands over a last line that was not ended. */
  public flush(): void {
    const rest = this.rest + this.decoder.end();
    this.rest = "";
    if (rest !== "") this.onLine({ line: rest });
  }
}

import { StringDecoder } from "node:string_decoder";

/** What a function printed: one call of console, or one line written past it. */
export interface PrintedLine {
  readonly requestId?: string;
  /** TRACE to FATAL; undefined for a line that was written past console. */
  readonly level?: string;
  readonly line: string;
  /** The event for the log group, where it is not the line itself. */
  readonly record?: string;
}

/** The frame that says that all of a request's output was sent. */
interface EndFrame {
  readonly requestId?: string;
  /** Peak resident memory of the process in KB. */
  readonly memory: number;
}

// A line has at most 1 MiB of characters, and is sent twice, escaped.
const longestFrame = 16 * 1024 * 1024;

/** Takes apart what `runtime/log-channel.js` sends: four bytes of length, then JSON. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private length = 0;

  public constructor(
    private readonly onLine: (line: PrintedLine) => void,
    private readonly onBegin: (requestId: string) => void,
    private readonly onEnd: (frame: EndFrame) => void,
  ) {}

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
    let frame: Record<string, unknown>;
    try {
      frame = JSON.parse(body.toString("utf8")) as Record<string, unknown>;
    } catch {
      return false;
    }
    const requestId = typeof frame["requestId"] === "string" ? frame["requestId"] : undefined;
    const about = requestId === undefined ? {} : { requestId };
    if (frame["kind"] === "begin") this.onBegin(requestId ?? "");
    if (frame["kind"] === "end") {
      this.onEnd({ ...about, memory: Number(frame["memory"]) });
      return true;
    }
    const line = String(frame["line"]);
    if (frame["kind"] === "output") this.onLine({ ...about, line });
    if (frame["kind"] !== "log") return true;
    const level = String(frame["level"]);
    const text = `${String(frame["time"])}\t${requestId ?? "undefined"}\t${level}\t${line}`;
    this.onLine({ ...about, level, line, record: typeof frame["record"] === "string" ? frame["record"] : text });
    return true;
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

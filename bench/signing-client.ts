import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";
import { Agent, request } from "node:http";
import { now } from "./measure";

/** Where a server that speaks AWS's protocols listens, and a key that it knows. */
export interface ServerAddress {
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface PlainRequest {
  readonly method: "GET" | "PUT" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** A client that signs requests with Signature Version 4 and sends them, so that little but the server is measured. */
export class SigningClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });
  private readonly host: string;
  private key: { readonly date: string; readonly key: KeyObject } | undefined;

  public constructor(
    private readonly address: ServerAddress,
    private readonly service: "s3" | "sqs",
  ) {
    this.host = `127.0.0.1:${address.port}`;
  }

  /** Resolves to the body of a 200; rejects for any other status. */
  public send({ method, path, headers = {}, body = Buffer.alloc(0) }: PlainRequest): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: "127.0.0.1", port: this.address.port, method, path, agent: this.agent },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            const answer = Buffer.concat(chunks);
            if (response.statusCode === 200) resolve(answer);
            else reject(new Error(`${method} ${path}: ${response.statusCode ?? ""} ${answer.toString()}`));
          });
        },
      );
      for (const [name, value] of Object.entries(this.signed(method, path, headers, body))) sent.setHeader(name, value);
      sent.on("error", reject).end(body);
    });
  }

  /** Does `work` so many times, `atOnce` of them at once; returns the seconds that it took. */
  public async many(times: number, atOnce: number, work: () => Promise<unknown>): Promise<number> {
    let left = times;
    const started = now();
    const worker = async (): Promise<void> => {
      while (left-- > 0) await work();
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return (now() - started) / 1000;
  }

  public close(): void {
    this.agent.destroy();
  }

  private signed(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: Buffer,
  ): Record<string, string | number> {
    const timestamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
    const date = timestamp.slice(0, 8);
    const scope = `${date}/us-east-1/${this.service}/aws4_request`;
    const payloadHash = hash("sha256", body);
    const all: Record<string, string> = {
      ...headers,
      host: this.host,
      "x-amz-content-sha256": payloadHash,
      "x-amz-date": timestamp,
    };
    const names = Object.keys(all).sort();
    const lines = names.map((name) => `${name}:${all[name] ?? ""}\n`).join("");
    const canonical = hash("sha256", `${method}\n${path}\n\n${lines}\n${names.join(";")}\n${payloadHash}`);
    const signature = createHmac("sha256", this.signingKey(date))
      .update(`AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${canonical}`)
      .digest("hex");
    const credential = `${this.address.accessKeyId}/${scope}`;
    return {
      ...all,
      "content-length": body.length,
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
    };
  }

  private signingKey(date: string): KeyObject {
    if (this.key?.date !== date) {
      const hmac = (key: string | Buffer, data: string): Buffer => createHmac("sha256", key).update(data).digest();
      const dated = hmac(`AWS4${this.address.secretAccessKey}`, date);
      this.key = { date, key: createSecretKey(hmac(hmac(hmac(dated, "us-east-1"), this.service), "aws4_request")) };
    }
    return this.key.key;
  }
}

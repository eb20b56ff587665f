import { createHash, createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { Agent, request } from "node:http";
import { now } from "./measure";

/** Where a server that speaks SQS is. */
export interface QueueAddress {
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const atOnce = 16;
const signed = "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target";

/** A client that signs and sends, and nothing else: the SDK's comes to 2,000 requests a second by itself. */
export class QueueDriver {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 2 * atOnce });
  private readonly host: string;
  private key: { readonly date: string; readonly key: KeyObject } | undefined;

  public constructor(private readonly address: QueueAddress) {
    this.host = `127.0.0.1:${address.port}`;
  }

  public call(action: string, input: object): Promise<Record<string, unknown>> {
    const body = JSON.stringify(input);
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: "127.0.0.1", port: this.address.port, method: "POST", path: "/", agent: this.agent },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
          response.on("end", () => {
            if (response.statusCode === 200) resolve(JSON.parse(text) as Record<string, unknown>);
            else reject(new Error(`${action}: ${text}`));
          });
        },
      );
      for (const [name, value] of Object.entries(this.headers(action, body))) sent.setHeader(name, value);
      sent.on("error", reject).end(body);
    });
  }

  /** Makes a queue; returns its URL. */
  public async create(QueueName: string): Promise<string> {
    return String((await this.call("CreateQueue", { QueueName }))["QueueUrl"]);
  }

  /** Does `work` so many times, sixteen at once; returns the seconds that took. */
  public async many(times: number, work: () => Promise<unknown>): Promise<number> {
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

  private headers(action: string, body: string): Record<string, string | number> {
    const { accessKeyId } = this.address;
    const timestamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
    const date = timestamp.slice(0, 8);
    const scope = `${date}/us-east-1/sqs/aws4_request`;
    const hash = sha256(body);
    const headers = {
      "content-type": "application/x-amz-json-1.0",
      host: this.host,
      "x-amz-content-sha256": hash,
      "x-amz-date": timestamp,
      "x-amz-target": `AmazonSQS.${action}`,
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
    const canonical = sha256(`POST\n/\n\n${lines.join("")}\n${signed}\n${hash}`);
    const signature = createHmac("sha256", this.signingKey(date))
      .update(`AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${canonical}`)
      .digest("hex");
    return {
      ...headers,
      "content-length": Buffer.byteLength(body),
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
    };
  }

  private signingKey(date: string): KeyObject {
    if (this.key?.date !== date) {
      const hmac = (key: string | Buffer, data: string): Buffer => createHmac("sha256", key).update(data).digest();
      const dated = hmac(`AWS4${this.address.secretAccessKey}`, date);
      this.key = { date, key: createSecretKey(hmac(hmac(hmac(dated, "us-east-1"), "sqs"), "aws4_request")) };
    }
    return this.key.key;
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

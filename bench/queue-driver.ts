import { SigningClient, type ServerAddress } from "./signing-client";

const atOnce = 16;

/** A client of SQS that signs and sends, and nothing else: the SDK's comes to 2,000 requests a second by itself. */
export class QueueDriver {
  private readonly client: SigningClient;

  public constructor(address: ServerAddress) {
    this.client = new SigningClient(address, "sqs");
  }

  public async call(action: string, input: object): Promise<Record<string, unknown>> {
    const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${action}` };
    const body = Buffer.from(JSON.stringify(input));
    const answer = await this.client.send({ method: "POST", path: "/", headers, body });
    return JSON.parse(answer.toString()) as Record<string, unknown>;
  }

  /** Makes a queue; returns its URL. */
  public async create(QueueName: string): Promise<string> {
    return String((await this.call("CreateQueue", { QueueName }))["QueueUrl"]);
  }

  /** Does `work` so many times, sixteen at once; returns the seconds that took. */
  public many(times: number, work: () => Promise<unknown>): Promise<number> {
    return this.client.many(times, atOnce, work);
  }

  public close(): void {
    this.client.close();
  }
}

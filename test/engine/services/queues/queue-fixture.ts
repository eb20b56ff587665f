import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { localAccount } from "../../../../engine/services/account";
import { Activity } from "../../../../engine/services/activity";
import { openDatabase } from "../../../../engine/services/database";
import { EngineEvents, type TimedEngineEvent } from "../../../../engine/services/engine-events";
import type { Permission } from "../../../../engine/services/protocol/operation";
import { QueueService } from "../../../../engine/services/queues/queue-service";
import { FakeClock } from "../../../../testing/fake-clock";
import { WireServer } from "../wire-server";
import type { ClientOptions, Outcome, QueueClient } from "./queue-client";

interface Received {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly Attributes?: Record<string, string>;
  readonly MessageAttributes?: Record<string, { DataType: string; StringValue?: string; BinaryValue?: string }>;
}

/** SQS behind a real socket, on a clock that a test moves, in a folder of its own. */
export class QueueFixture {
  public readonly clock = new FakeClock();
  public readonly activity = new Activity();
  public readonly events = new EngineEvents(() => this.clock.now());
  public readonly seen: TimedEngineEvent[] = [];
  public asked: readonly Permission[] = [];
  public service: QueueService;
  public options: ClientOptions | undefined;
  private database;
  private wire: WireServer | undefined;
  private client: QueueClient | undefined;

  public constructor(public readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-queues-"))) {
    this.events.listen((event) => this.seen.push(event));
    this.database = openDatabase(path.join(folder, "stack.sqlite"));
    this.service = this.make();
  }

  /** Starts the service and its server, and makes a client. */
  public async start(make: (options: ClientOptions) => QueueClient): Promise<this> {
    this.service.start();
    this.wire = new WireServer(this.service);
    this.options = await this.wire.listen();
    this.client = make(this.options);
    return this;
  }

  /** Ends the service as a restart does, and starts it again on the same data. */
  public restart(): void {
    this.service.close();
    this.database.close();
    this.database = openDatabase(path.join(this.folder, "stack.sqlite"));
    this.service = this.make();
    this.wire?.serve(this.service);
    this.service.start();
  }

  public close(): void {
    this.client?.close();
    this.wire?.close();
    this.service.close();
    this.database.close();
    fs.rmSync(this.folder, { recursive: true });
  }

  public call(action: string, input: object): Promise<Outcome> {
    if (this.client === undefined) throw new Error("not started");
    return this.client.call(action, input);
  }

  /** Calls an action that is to succeed. */
  public async ok(action: string, input: object): Promise<Record<string, unknown>> {
    const outcome = await this.call(action, input);
    if (outcome.error !== undefined) expect.fail(`${action}: ${outcome.error}: ${outcome.message}`);
    return outcome.result;
  }

  /** Calls an action that is to fail; returns the code by which it is known to all SDKs. */
  public async error(action: string, input: object): Promise<string> {
    const outcome = await this.call(action, input);
    if (outcome.error === undefined) expect.fail(`${action} succeeded: ${JSON.stringify(outcome.result)}`);
    return outcome.error;
  }

  public async create(name: string, attributes: Record<string, string | number> = {}): Promise<string> {
    const texts = Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, String(value)]));
    const { QueueUrl } = await this.ok("CreateQueue", { QueueName: name, Attributes: texts });
    return String(QueueUrl);
  }

  public async receive(QueueUrl: string, more: object = {}): Promise<Received[]> {
    const input = { QueueUrl, MaxNumberOfMessages: 10, AttributeNames: ["All"], ...more };
    const { Messages = [] } = await this.ok("ReceiveMessage", input);
    return Messages as Received[];
  }

  public async bodies(QueueUrl: string, more: object = {}): Promise<string[]> {
    return (await this.receive(QueueUrl, more)).map(({ Body }) => Body);
  }

  /** Begins receives that wait; when this resolves they do. What they get is in a property, so that it is not awaited here. */
  public async wait(QueueUrl: string, more: object = {}, times = 1): Promise<{ messages: Promise<Received[][]> }> {
    const before = this.clock.pending;
    const messages = Promise.all(Array.from({ length: times }, () => this.receive(QueueUrl, more)));
    // Each has a timer for its end.
    while (this.clock.pending < before + times) await new Promise((resolve) => setImmediate(resolve));
    return { messages };
  }

  /** Sends bodies one after the other. */
  public async send(QueueUrl: string, ...bodies: string[]): Promise<void> {
    for (const MessageBody of bodies) await this.ok("SendMessage", { QueueUrl, MessageBody });
  }

  private make(): QueueService {
    const { clock, events, database } = this;
    return new QueueService({
      ...{ clock, events, database, account: localAccount },
      authorize: (_request, _operation, permissions) => void (this.asked = permissions),
      onFault: (error) => {
        throw error;
      },
    });
  }
}

export function arnOf(name: string): string {
  return `arn:aws:sqs:us-east-1:000000000000:${name}`;
}

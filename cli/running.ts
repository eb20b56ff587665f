import { json } from "node:stream/consumers";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { RecordedResource } from "../engine/graph/resource";
import type { TimedEngineEvent } from "../engine/services/engine-events";
import type { LogEvent } from "../engine/services/logs/stream-file";
import type { QueueMessage } from "../engine/services/queues/queue-message";
import { EngineError } from "../engine/errors";
import { readProject } from "../engine/monitor/project";
import { isAlive, readAddress, stackFolder, type EngineAddress } from "../engine/stack-folder";
import { controlRequest, readLines } from "./control-request";
import { findResource } from "./find-resource";

/** The options by which a command finds a running stack. */
export interface StackOptions {
  readonly stack: string;
  readonly data?: string;
  readonly folder?: string;
}

/** A resource as a running engine shows it. */
export type RunningResource = Omit<RecordedResource, "inputs">;

/** A stack that runs: what it consists of, and how to reach it. */
export class RunningStack {
  private constructor(
    public readonly address: EngineAddress,
    public readonly resources: readonly RunningResource[],
    public readonly stackOutputs: Readonly<Record<string, unknown>>,
  ) {}

  /** @throws `ERR_STACK_NOT_RUNNING`, `ERR_PROJECT_…` */
  public static async find({ stack, data, folder = "." }: StackOptions): Promise<RunningStack> {
    const project = readProject(folder, stack, []);
    const address = readAddress(stackFolder(project.root, stack, data));
    const notRunning = (): EngineError =>
      new EngineError(
        "ERR_STACK_NOT_RUNNING",
        `stack "${stack}" is not up`,
        "start it in another terminal with: tandem up",
        project.root,
      );
    if (address === undefined || !isAlive(address)) throw notRunning();
    try {
      const graph = (await json(await controlRequest(address, "/_tandem/graph"))) as {
        resources: RunningResource[];
        stackOutputs: Record<string, unknown>;
      };
      return new RunningStack(address, graph.resources, graph.stackOutputs);
    } catch (error) {
      if (error instanceof EngineError) throw error;
      throw notRunning();
    }
  }

  public get endpoint(): string {
    return `http://127.0.0.1:${this.address.port}`;
  }

  /** What AWS SDKs and tools need to find the stack. */
  public get environment(): Record<string, string> {
    const { accessKeyId, secretAccessKey, region } = this.address;
    return {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
    };
  }

  /** The settings of an SDK client for this stack. */
  public get clientConfig() {
    const { accessKeyId, secretAccessKey, region } = this.address;
    return { endpoint: this.endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  }

  // SDKs are loaded where they are used: most commands need none, or one.
  public s3(): S3Client {
    const { S3Client } = require("@aws-sdk/client-s3") as typeof import("@aws-sdk/client-s3");
    return new S3Client({ ...this.clientConfig, forcePathStyle: true });
  }

  public sqs(): SQSClient {
    const { SQSClient } = require("@aws-sdk/client-sqs") as typeof import("@aws-sdk/client-sqs");
    return new SQSClient(this.clientConfig);
  }

  /** Everything that happens from now on, as it happens; ends when `signal` is aborted or the engine has ended. */
  public async *events(signal: AbortSignal): AsyncIterable<TimedEngineEvent> {
    try {
      yield* readLines<TimedEngineEvent>(await controlRequest(this.address, "/_tandem/events", signal));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (!signal.aborted && code !== "ECONNRESET" && code !== "ECONNREFUSED") throw error;
    }
  }

  /** The oldest messages of a queue in whatever state, without receiving them. */
  public async *messages(queueUrl: string, limit: number): AsyncIterable<QueueMessage> {
    const query = new URLSearchParams({ queue: queueUrl, limit: String(limit) });
    yield* readLines<QueueMessage>(await controlRequest(this.address, `/_tandem/messages?${query.toString()}`));
  }

  /** The last events of a log group, oldest first, with what the engine knows of them. */
  public async *logs(group: string, limit: number): AsyncIterable<LogEvent> {
    const query = new URLSearchParams({ group, limit: String(limit) });
    yield* readLines<LogEvent>(await controlRequest(this.address, `/_tandem/logs?${query.toString()}`));
  }

  /**
   * The resource of a type, or of one of several, by its name in the program, or by its physical id or name.
   * @param noun what the user calls it, e.g. `bucket`
   * @throws `ERR_NOT_FOUND`
   */
  public resource(noun: string, types: string | readonly string[], name: string): RunningResource {
    return findResource(this.resources, noun, types, name);
  }
}

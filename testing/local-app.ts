import type { Engine } from "../engine/engine";
import { taskNameOf } from "../engine/graph/names";
import type { RecordedResource } from "../engine/graph/resource";
import { only } from "./lookup";
import { LocalBucket } from "./local-bucket";
import { LocalQueue } from "./local-queue";

/** A function of a program that runs. */
export interface LocalFunction {
  /**
   * Calls it as Lambda's Invoke does, and waits for what it returns.
   * @throws what the function threw, by name and message
   */
  invoke(payload?: unknown): Promise<unknown>;
}

/** An API of a program that runs. */
export interface LocalApi {
  readonly url: string;
  /** Sends a request to a path of it. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/** A run of a task. */
export interface LocalTaskRun {
  readonly id: string;
  readonly status: "starting" | "running" | "stopped";
  /** Undefined until it has stopped, and where it never started. */
  readonly exitCode: number | undefined;
  readonly reason: string | undefined;
  /** What it was started with besides its own. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A program that runs on this machine for a test. */
export class LocalApp {
  private readonly lines = new Map<string, string[]>();

  /** @param close ends everything; made by `start` */
  public constructor(
    private readonly engine: Engine,
    public readonly close: () => Promise<void>,
  ) {
    engine.engineEvents.listen((event) => {
      if (event.type !== "log") return;
      const lines = this.lines.get(event.name);
      if (lines === undefined) this.lines.set(event.name, [event.line]);
      else lines.push(event.line);
    });
  }

  /** What the program exports. */
  public get outputs(): Readonly<Record<string, unknown>> {
    return this.engine.stackOutputs;
  }

  /** Settings for any AWS SDK client, to reach the same. */
  public get clientConfig() {
    const { accessKeyId, secretAccessKey } = this.engine.services.identity.developer();
    const { region } = this.engine.services.account;
    return { endpoint: `http://127.0.0.1:${this.engine.port}`, region, credentials: { accessKeyId, secretAccessKey } };
  }

  /**
   * Resolves once all events, messages, functions and tasks are done with, but for those that wait for their time, such
   * as a message that is tried again later: move the clock on, and wait again.
   */
  public idle(): Promise<void> {
    return this.engine.resting();
  }

  /** A bucket, by its name in the program. @throws where there is none */
  public bucket(name: string): LocalBucket {
    return new LocalBucket(this.engine, this.find("aws:s3/bucket:Bucket", name, "bucket").id);
  }

  /** A queue, by its name in the program; the dead letters of handlers are `<handler>-dead-letter`. @throws where there is none */
  public queue(name: string): LocalQueue {
    return new LocalQueue(this.engine.services.queues, this.find("aws:sqs/queue:Queue", name, "queue").id);
  }

  /** A handler's function, or any other, by its name in the program. @throws where there is none */
  public function(name: string): LocalFunction {
    const { id } = this.find("aws:lambda/function:Function", name, "function");
    const { functions } = this.engine.services;
    return {
      async invoke(payload) {
        const result = await functions.invoke(id, Buffer.from(JSON.stringify(payload ?? null)));
        const text = result.payload.toString("utf8");
        const value: unknown = text === "" ? undefined : JSON.parse(text);
        if (result.status === "succeeded") return value;
        const { errorType = "Error", errorMessage = result.status } = value as Record<string, string>;
        throw Object.assign(new Error(errorMessage), { name: errorType });
      },
    };
  }

  /** An API, by its name in the program. @throws where there is none */
  public api(name: string): LocalApi {
    const url = String(this.find("aws:apigatewayv2/api:Api", name, "api").outputs["apiEndpoint"]);
    return { url, fetch: (path, init) => fetch(new URL(path, `${url}/`), init) };
  }

  /** What a handler, function or task has printed so far, line by line. */
  public logs(name: string): readonly string[] {
    return [...(this.lines.get(name) ?? [])];
  }

  /** The runs of a task, by its name in the program, the oldest first. */
  public taskRuns(name: string): LocalTaskRun[] {
    this.find("aws:ecs/taskDefinition:TaskDefinition", name, "task", taskNameOf);
    return this.engine.services.tasks
      .list()
      .filter(({ request: { definition } }) => definition.displayName === name)
      .map(({ id, lastStatus, exitCode, containerReason, stoppedReason, request }) => ({
        id,
        status: ({ PROVISIONING: "starting", RUNNING: "running", STOPPED: "stopped" } as const)[lastStatus],
        exitCode,
        reason: containerReason ?? stoppedReason,
        environment: request.environment,
      }));
  }

  /** Closes it where `await using` leaves its block. */
  public [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private find(
    type: string,
    name: string,
    noun: string,
    nameOf: (resource: RecordedResource) => string = (resource) => resource.name,
  ) {
    const ofType = [...this.engine.graph.values()].filter((resource) => resource.type === type);
    return only(
      // As failures are to name it.
      ofType.map((resource) => ({ ...resource, name: nameOf(resource), type: `tandem:index:${noun}` })),
      noun,
      name,
      "the program",
    );
  }
}

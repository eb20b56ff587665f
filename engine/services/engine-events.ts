import { EventEmitter } from "node:events";

/**
 * Everything that happens in a running engine, in the order it happened. `tandem up` draws these, `tandem up --json`
 * prints them one a line, and docs/json-events.md lists them: a new kind is added in all three.
 */
export type EngineEvent =
  /**
   * The program's state: `running` while it is evaluated, then `recorded`, or `failed` with what it printed; `applied` when
   * what it registers is there.
   */
  | { type: "program"; status: "running" | "recorded" | "applied" | "failed"; message?: string; milliseconds?: number }
  /**
   * A resource came up, changed or went away. `inert` means that nothing on this machine stands for it, `failed` that it
   * did not come up, for the reason in `error`.
   */
  | {
      type: "resource";
      status: "creating" | "created" | "updating" | "updated" | "deleted" | "inert" | "failed";
      urn: string;
      resourceType: string;
      name: string;
      parent?: string;
      /** True for a component: it consists of its children. */
      component: boolean;
      milliseconds?: number;
      error?: string;
    }
  /** All is up; `port` is the endpoint's. */
  | { type: "ready"; port: number; milliseconds: number }
  /** Something happened that subscriptions may listen to, e.g. source `media`, detail `put clip.mp4 (1.0 MB)`. */
  | {
      type: "event";
      source: string;
      detail: string;
      path?: string;
      object?: { type: "put" | "delete"; bucket: string; key: string };
    }
  /** A line that a function or a task printed. `name` is the handler's or the task's. */
  | {
      type: "log";
      source: "function" | "task";
      name: string;
      line: string;
      level?: string;
      requestId?: string;
      /** It is the error that ends the invocation, whose end says it too. */
      ends?: boolean;
    }
  /** A function started to run, or ended. */
  | {
      type: "invocation";
      name: string;
      requestId: string;
      status: "started" | "succeeded" | "failed" | "timed-out";
      milliseconds?: number;
      /** Of a batch of messages: how many are left, because the function failed at them, or asked for that. */
      unprocessed?: Unprocessed;
      /** Peak resident memory in MB. */
      memory?: number;
      attempt?: number;
      error?: string;
      /** The error with its stack trace, as it was printed. */
      stack?: string;
      /** What its handler has left under way when it answered. Said once for each kind and version of a function. */
      unfinished?: UnfinishedWork;
      /** What it answers: a request to an API, which has an event of its own. */
      trigger?: "request";
    }
  /** An API answered a request. `name` is the API's, `route` the key of the route that it took. */
  | {
      type: "request";
      name: string;
      method: string;
      path: string;
      status: number;
      milliseconds: number;
      requestId: string;
      route?: string;
    }
  /** A task started to run, or ended. `mode` says where it runs. */
  | {
      type: "task";
      name: string;
      id: string;
      status: "started" | "stopped";
      mode: "docker" | "host";
      exitCode?: number;
      reason?: string;
    }
  /** A function did not process a message: it stays in the queue `name`, and is received again or given up later. */
  | {
      type: "redelivery";
      name: string;
      handler: string;
      message: string;
      received: number;
      /** The invocation that had it. */
      requestId?: string;
      limit?: number;
      milliseconds: number;
      /** Whether the handler itself has set the time, rather than failed. */
      asked: boolean;
    }
  /** An event or message that was given up after its retries; it is kept in the dead letters of `name`. */
  | { type: "dead-letter"; name: string; reason: string }
  /** What a person should know: what was skipped, rounded, missing, refused. */
  | { type: "notice"; level: "info" | "warning" | "error"; message: string };

/** Kinds of work that a handler can leave under way when it answers. */
export const unfinishedWork = ["request", "connection", "program", "file", "timer"] as const;

/** One of {@link unfinishedWork}. */
export type UnfinishedWork = (typeof unfinishedWork)[number];

/** How many messages of a batch were not processed. */
export interface Unprocessed {
  readonly failed: number;
  /** The function itself has set when they come again. */
  readonly asked: number;
  /** Messages of the batch. */
  readonly of: number;
}

/** How an invocation ended. */
export type InvocationOutcome = Pick<
  Extract<EngineEvent, { type: "invocation" }>,
  "status" | "milliseconds" | "error" | "stack" | "unprocessed" | "unfinished"
>;

/** An {@link EngineEvent} with the time it happened, in milliseconds since the epoch. */
export type TimedEngineEvent = EngineEvent & { time: number };

/** Where the engine's parts say what happens, and where the command line and tests listen. */
export class EngineEvents {
  private readonly emitter = new EventEmitter().setMaxListeners(0);

  public constructor(private readonly now: () => number) {}

  public emit(event: EngineEvent): void {
    this.emitter.emit("event", { ...event, time: this.now() });
  }

  /** Calls `listener` for every later event; returns what ends that. */
  public listen(listener: (event: TimedEngineEvent) => void): () => void {
    this.emitter.on("event", listener);
    return () => this.emitter.off("event", listener);
  }
}

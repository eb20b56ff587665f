import * as pulumi from "@pulumi/pulumi";
import type { Task } from "../task/task";
import { show } from "../shared/checks";
import type { Problem } from "../shared/errors";

/** What a handler is told about its invocation, beside the event. */
export interface HandlerContext {
  /** The id of this invocation, as in the logs. */
  readonly requestId: string;
  /** The deployed function's name. */
  readonly functionName: string;
  /** When the invocation will be stopped. */
  readonly deadline: Date;
  /** Milliseconds until {@link HandlerContext.deadline}. */
  remaining(): number;
  /** Aborts shortly before the deadline, while there is time left to clean up. */
  readonly signal: AbortSignal;
}

/** A closure that runs in a function. What it captures, it is granted. */
export type Closure<Event, Result = unknown> = (event: Event, context: HandlerContext) => Result | Promise<Result>;

/**
 * What may stand wherever something is to be run: a closure; a {@link Task}, which then starts with the event as JSON in
 * its environment variable `TANDEM_EVENT`; or a file handler, `"./src/resize.handler"` (path and export, relative to the
 * project's folder).
 */
export type Handler<Event, Result = unknown> = Closure<Event, Result> | Task | string;

/** Whether a handler is a Task. Told by its type token: Task itself needs functions, so its class cannot be imported. */
export function isTask(handler: unknown): handler is Task {
  return (
    pulumi.Resource.isInstance(handler) &&
    (handler as pulumi.Resource & { __pulumiType?: string }).__pulumiType === "tandem:index:Task"
  );
}

/** Checks that a handler is one. */
export function checkHandler(whose: string, handler: unknown): Problem[] {
  if (typeof handler === "function" && !/^class\b/.test(handler.toString())) return [];
  if (isTask(handler)) return [];
  if (typeof handler === "string") {
    if (/^\.{1,2}\/.+\.[A-Za-z_$][\w$]*$/.test(handler)) return [];
    return [
      {
        code: "ERR_HANDLER_FILE",
        message: `${whose} was given a file handler that names no file and export`,
        got: show(handler),
        fix: 'write path and export, relative to the project, like "./src/resize.handler"',
      },
    ];
  }
  return [
    {
      code: "ERR_HANDLER_TYPE",
      message: `${whose} was given a handler that is neither a function, a Task nor a file handler`,
      got: `handler = ${handler === undefined ? "undefined" : show(handler)}`,
      fix: 'pass a function, like async (event) => { ... }, a Task, or "./src/resize.handler"',
    },
  ];
}

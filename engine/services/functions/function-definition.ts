import type { Unprocessed } from "../engine-events";

/** A Lambda function, as the program declares it. */
export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  /** The handler's name in the program; what people are shown. */
  readonly displayName: string;
  /** The path of the deployment package, a zip file. */
  readonly zipFile: string;
  /** Files and folders that the package was made of, by their paths in it: what stack traces name. */
  readonly sources?: readonly (readonly [inPackage: string, place: string])[];
  /** File and export: `index.handler`. */
  readonly handler: string;
  /** AWS's name of the runtime, e.g. `nodejs24.x`. */
  readonly runtime: string;
  /** Seconds that one invocation may take. */
  readonly timeout: number;
  /** MB of resident memory. */
  readonly memory: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly roleArn: string;
  /** How many invocations may run at once; 0 stops the function. Undefined: as many as the machine runs. */
  readonly reservedConcurrency?: number;
  readonly logGroup: string;
  readonly logFormat: "JSON" | "Text";
  /** How often a failed asynchronous event is tried again: 0 to 2. Defaults to 2. */
  readonly retries?: number;
  /** Seconds after which an asynchronous event is not tried any more. Defaults to 21600, six hours. */
  readonly maximumEventAge?: number;
  /** Where events go that were given up: the ARN of an SQS queue. */
  readonly onFailureArn?: string;
}

/** How an invocation ended. */
export interface InvocationResult {
  readonly requestId: string;
  readonly status: "succeeded" | "failed" | "timed-out";
  /** The handler's result as JSON, or AWS's error document. */
  readonly payload: Buffer;
  /** As in AWS's header `X-Amz-Function-Error`; undefined where the handler succeeded. */
  readonly functionError?: "Unhandled";
  /** The end of the invocation's log, at most 4 KB. */
  readonly logTail: string;
}

export interface InvokeOptions {
  /** The ARN of who invokes. A function that waits for another may use processes beyond the usual limit. */
  readonly callerArn?: string;
  /** Handed to the handler as `context.clientContext`: JSON. */
  readonly clientContext?: string;
  /** What invokes, where that is told of by itself. */
  readonly trigger?: "request";
}

/** Says which messages of a batch an invocation has left; undefined where nobody is told of them. */
export type JudgeBatch = (result: Pick<InvocationResult, "status" | "payload">) => Unprocessed | undefined;

export interface InvokeAsyncOptions {
  /** The ARN of what the event comes from, e.g. a rule. */
  readonly sourceArn?: string;
  /** The request's id; a new one by default. */
  readonly id?: string;
}

/** The keys of a role. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

import type { Readable } from "node:stream";

/** Headers by their lower-case names; a list is sent as one header each. */
export type AnswerHeaders = Record<string, string | string[]>;

/** What an API answers a request with. */
export interface GatewayAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: string | Buffer | Readable;
}

/** API Gateway's own words for what it refuses, by status. */
const messages = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  408: "Request Timeout",
  413: "Request Entity Too Large",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const;

/** A status that API Gateway itself answers with. */
export type RefusalStatus = keyof typeof messages;

/** A request that the gateway answers itself. Its message is what went wrong, for the access log and the developer. */
export class Refusal extends Error {
  public constructor(
    public readonly status: RefusalStatus,
    message: string = messages[status],
    public readonly headers: AnswerHeaders = {},
  ) {
    super(message);
  }

  /** What the client is told. */
  public get shown(): string {
    return messages[this.status];
  }
}

/** `{"message":"Not Found"}` and the like. */
export function refusalAnswer(status: RefusalStatus, headers: AnswerHeaders = {}): GatewayAnswer {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ message: messages[status] }),
  };
}

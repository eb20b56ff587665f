/** Why something was given up. */
export interface DeadLetterCause {
  /** e.g. `RetriesExhausted`. */
  readonly reason: string;
  /** The name of the handler or rule that gave it up; what people are shown. */
  readonly source: string;
  /** Message attributes of the letter, all texts. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Where services put what they could not get processed. */
export interface DeadLetterSink {
  /** Keeps `body`; it is on disk when this resolves. */
  send(queueArn: string, body: string, cause: DeadLetterCause): Promise<void>;
}

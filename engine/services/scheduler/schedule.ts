/** A one-time schedule that stops a task. */
export interface Schedule {
  readonly name: string;
  /** As it was given: `at(2026-11-22T10:54:36)`. */
  readonly expression: string;
  /** As it was given; `UTC` by default. */
  readonly timezone: string;
  /** Milliseconds since the epoch. */
  readonly due: number;
  readonly state: "ENABLED" | "DISABLED";
  /** What becomes of the schedule once it has run: AWS keeps it unless told to delete it. */
  readonly actionAfterCompletion: "NONE" | "DELETE";
  readonly description: string | undefined;
  readonly roleArn: string;
  readonly targetArn: string;
  /** The target's input, as it was given. */
  readonly input: string;
  readonly stop: { readonly cluster: string | undefined; readonly task: string; readonly reason: string | undefined };
  /** Whether it has run; a schedule that was kept does not run again. */
  readonly fired: boolean;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

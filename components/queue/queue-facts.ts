import type * as pulumi from "@pulumi/pulumi";
import type { Range } from "../shared/checks";

/** A queue as the cloud has it. */
export interface CreatedQueue {
  readonly url: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
}

/** How long SQS keeps messages. */
export const retentionRange: Range = { least: 60, most: 1_209_600, unit: "seconds" };

/** Seconds that a message stays hidden, where nothing else is said: six times a handler's default timeout. */
export const defaultVisibility = 180;

/** How often a message is received before it goes to the dead letters, where nothing else is said. */
export const defaultMaxReceiveCount = 3;

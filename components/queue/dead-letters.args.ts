import type * as pulumi from "@pulumi/pulumi";
import { checkKnown, checkOneOf, checkRange, isPlain, show } from "../shared/checks";
import type { Problem } from "../shared/errors";
import { checkCount } from "../shared/limits";
import { retentionRange } from "./queue-facts";

/** When a queue's dead letters call for somebody. */
export interface DeadLetterAlarm {
  /** ARNs of what is told, e.g. of an SNS topic. @defaultValue none: the alarm shows in CloudWatch only */
  readonly actions?: pulumi.Input<pulumi.Input<string>[]>;
  /** Dead letters from which on it rings. @defaultValue `1` */
  readonly threshold?: pulumi.Input<number>;
}

/** A queue's own dead letters. */
export interface DeadLetterArgs {
  /** Seconds that a dead letter is kept, from 60 to 1209600 (14 days). @defaultValue `1209600` */
  readonly retention?: pulumi.Input<number>;
  /** Rings when there are dead letters; `false` makes no alarm. @defaultValue `true` */
  readonly alarm?: boolean | DeadLetterAlarm;
}

/** Finds what is wrong with the settings of a queue's own dead letters. */
export function checkDeadLetterArgs(whose: string, args: unknown): Problem[] {
  if (args === undefined) return [];
  if (!isPlain(args) || typeof args !== "object" || args === null || Array.isArray(args)) {
    return [
      {
        code: "ERR_ARGUMENT_TYPE",
        message: `${whose} was given dead letters that are neither settings nor a Queue`,
        got: `deadLetters = ${show(args)}`,
        fix: "leave deadLetters out for the default, or use { retention, alarm } or another Queue; there are always dead letters",
      },
    ];
  }
  const { retention: kept, alarm } = args as DeadLetterArgs;
  return [
    ...checkKnown(`${whose}'s deadLetters`, args, ["retention", "alarm"]),
    ...checkRange(whose, "deadLetters.retention", kept, retentionRange),
    ...(typeof alarm === "object" && alarm !== null
      ? [
          ...checkKnown(`${whose}'s alarm`, alarm, ["actions", "threshold"]),
          ...checkCount(whose, "alarm actions", alarm.actions, 5, "tell one SNS topic, which tells the others"),
          ...checkRange(whose, "alarm.threshold", alarm.threshold, { least: 1, most: 120_000, unit: "dead letters" }),
        ]
      : checkOneOf(whose, "deadLetters.alarm", alarm, [true, false])),
  ];
}

/** Finds what is wrong with using `deadLetters`, a queue of the program, for what `whose` could not get processed. */
export function checkSharedDeadLetters(
  whose: string,
  source: { readonly name: string; readonly fifo: boolean },
  deadLetters: { readonly name: string; readonly fifo: boolean },
): Problem[] {
  const kind = ({ fifo }: { readonly fifo: boolean }): string => (fifo ? "FIFO" : "standard");
  const refuse = (message: string, fix: string): Problem => ({
    code: "ERR_QUEUE_DEAD_LETTERS",
    message,
    got: `deadLetters = queue "${deadLetters.name}"`,
    fix,
  });
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
  if (source.name === deadLetters.name) {
    return [refuse(`${whose} cannot be its own dead-letter queue`, "leave deadLetters out, or use another queue")];
  }
  if (source.fifo === deadLetters.fifo) return [];
  return [
    refuse(
      `${whose} is a ${kind(source)} queue and its dead letters are to go to a ${kind(deadLetters)} one`,
      `use a ${kind(source)} queue, or leave deadLetters out`,
    ),
  ];
}

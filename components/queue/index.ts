export { Queue, type QueueVerb } from "./queue";
export type { BatchArgs, QueueArgs, QueueChildren } from "./queue.args";
export type { DeadLetterAlarm, DeadLetterArgs } from "./dead-letters.args";
export type { BatchResult, QueueMessage } from "./queue-event.runtime";
export { RetryError } from "./retry-error.runtime";
export type { SendAllOptions, SendOptions } from "./queue.runtime";

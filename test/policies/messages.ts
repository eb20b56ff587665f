import type { RecordedResource } from "../../engine/graph/resource";
import { at, isOpen, list, parsed, refusesPlainHttp, types, type Policy, type Stack } from "./policy";

const about = [types.queue];

const policyOf = ({ id }: RecordedResource, stack: Stack) =>
  stack.naming("aws:sqs/queuePolicy:QueuePolicy", "queueUrl", id)[0]?.inputs["policy"];

const deadLetterArn = ({ inputs }: RecordedResource) => at(parsed(inputs["redrivePolicy"]), "deadLetterTargetArn");

/** The queues that hand a queue what they could not get processed. */
const sourcesOf = ({ outputs }: RecordedResource, stack: Stack): readonly RecordedResource[] =>
  stack.all(types.queue).filter((source) => deadLetterArn(source) === outputs["arn"]);

/** Whether events that a rule or function gave up are kept in a queue. */
const keepsEvents = ({ outputs }: RecordedResource, stack: Stack): boolean =>
  stack.all(types.target).some(({ inputs }) => at(inputs, "deadLetterConfig", "arn") === outputs["arn"]) ||
  stack
    .all(types.invokeConfig)
    .some(({ inputs }) => at(inputs, "destinationConfig", "onFailure", "destination") === outputs["arn"]);

const alarmsOf = ({ outputs }: RecordedResource, stack: Stack): readonly RecordedResource[] =>
  stack.all(types.alarm).filter(({ inputs }) => at(inputs, "dimensions", "QueueName") === outputs["name"]);

/** What is asked of queues, of events on their way, and of alarms, and kept. */
export const messagePolicies: readonly Policy[] = [
  {
    controls: ["SQS.1", "CKV_AWS_27"],
    title: "queues are encrypted at rest",
    types: about,
    holds: ({ inputs }) => inputs["sqsManagedSseEnabled"] === true || inputs["kmsMasterKeyId"] !== undefined,
  },
  {
    controls: [],
    title: "queues answer over TLS only",
    types: about,
    holds: (queue, stack) => refusesPlainHttp(policyOf(queue, stack), "sqs", [String(queue.outputs["arn"])]),
  },
  {
    controls: ["SQS.3", "CKV_AWS_168", "pubsub-least-privilege-iam"],
    title: "policies of queues let nobody else in",
    types: about,
    holds: (queue, stack) => !isOpen(policyOf(queue, stack)),
  },
  {
    controls: [],
    title: "queues hand what could not be processed to dead letters",
    types: about,
    holds: (queue, stack) =>
      sourcesOf(queue, stack).length > 0 || keepsEvents(queue, stack)
        ? undefined
        : stack.byArn(types.queue, deadLetterArn(queue)) !== undefined,
  },
  {
    controls: [],
    title: "dead letters are kept at least as long as messages",
    types: about,
    holds: (queue, stack) => {
      const kept = (each: RecordedResource): number => Number(each.inputs["messageRetentionSeconds"]);
      const longest = Math.max(...sourcesOf(queue, stack).map(kept));
      return longest < 0 ? (keepsEvents(queue, stack) ? kept(queue) === 1_209_600 : undefined) : kept(queue) >= longest;
    },
  },
  {
    controls: [],
    title: "an alarm watches a queue's dead letters",
    types: about,
    holds: (queue, stack) => (sourcesOf(queue, stack).length === 0 ? undefined : alarmsOf(queue, stack).length > 0),
  },
  {
    controls: ["CloudWatch.17", "CKV_AWS_319"],
    title: "alarms act when they ring",
    types: [types.alarm],
    holds: ({ inputs }) => inputs["actionsEnabled"] !== false,
  },
  {
    controls: [],
    title: "rules keep events that they cannot deliver",
    types: [types.target],
    holds: ({ inputs }, stack) => stack.byArn(types.queue, at(inputs, "deadLetterConfig", "arn")) !== undefined,
  },
  {
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-queueconfig
    controls: [],
    title: "messages stay hidden for six times as long as their handler may take, and fail one by one",
    types: [types.mapping],
    holds: ({ inputs }, stack) => {
      const queue = stack.byArn(types.queue, inputs["eventSourceArn"]);
      const [handler] = stack.all(types.function).filter(({ outputs }) => outputs["name"] === inputs["functionName"]);
      const window = Number(inputs["maximumBatchingWindowInSeconds"] ?? 0);
      return (
        list(inputs["functionResponseTypes"]).includes("ReportBatchItemFailures") &&
        Number(queue?.inputs["visibilityTimeoutSeconds"]) >= 6 * Number(handler?.inputs["timeout"]) + window
      );
    },
  },
];

/** What is asked of them, and not done by itself: docs/policies.md says why. */
export const unmetMessagePolicies: readonly Policy[] = [
  {
    controls: ["CloudWatch.15"],
    title: "alarms tell somebody",
    types: [types.alarm],
    holds: ({ inputs }) => list(inputs["alarmActions"]).length > 0,
  },
  {
    controls: [],
    title: "an alarm watches the events that a handler gave up",
    types: about,
    holds: (queue, stack) => (keepsEvents(queue, stack) ? alarmsOf(queue, stack).length > 0 : undefined),
  },
];

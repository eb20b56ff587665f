import type { QueueAttributeName, SQSClient } from "@aws-sdk/client-sqs";
import type { RunningResource, RunningStack } from "./running";

export const queueType = "aws:sqs/queue:Queue";

/** A queue of a running program. */
export interface RunningQueue {
  readonly name: string;
  readonly url: string;
  readonly arn: string;
  readonly physicalName: string;
  /** Ready to be received. */
  readonly waiting: number;
  readonly delayed: number;
  /** Received and not deleted yet. */
  readonly inFlight: number;
  /** The ARN of the queue that takes its dead letters. */
  readonly deadLetterArn: string | undefined;
}

/** All queues of a running program, in the order in which it makes them. */
export async function queuesOf(stack: RunningStack): Promise<RunningQueue[]> {
  const resources = stack.resources.filter(({ type }) => type === queueType);
  if (resources.length === 0) return [];
  const client = stack.sqs();
  return Promise.all(resources.map((resource) => readQueue(client, resource)));
}

async function readQueue(client: SQSClient, { name, id, outputs }: RunningResource): Promise<RunningQueue> {
  const { GetQueueAttributesCommand } = await import("@aws-sdk/client-sqs");
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: id, AttributeNames: ["All"] }),
  );
  const depth = (attribute: QueueAttributeName): number => Number(Attributes[attribute] ?? 0);
  const policy = JSON.parse(Attributes["RedrivePolicy"] ?? "{}") as { deadLetterTargetArn?: string };
  return {
    name,
    url: id,
    arn: Attributes["QueueArn"] ?? "",
    physicalName: String(outputs["name"]),
    waiting: depth("ApproximateNumberOfMessages"),
    delayed: depth("ApproximateNumberOfMessagesDelayed"),
    inFlight: depth("ApproximateNumberOfMessagesNotVisible"),
    deadLetterArn: policy.deadLetterTargetArn,
  };
}

/** The queues whose dead letters a queue takes. */
export function sourcesOf({ arn }: RunningQueue, queues: readonly RunningQueue[]): RunningQueue[] {
  return queues.filter(({ deadLetterArn }) => deadLetterArn === arn);
}

/** How many messages a queue holds, in whatever state. */
export function depthOf({ waiting, delayed, inFlight }: RunningQueue): number {
  return waiting + delayed + inFlight;
}

/** Outputs of resources that name the queue for what a function or rule gives up, by type. */
const givenUpTo: Readonly<Record<string, readonly (readonly [output: string, ...path: string[]])[]>> = {
  "aws:cloudwatch/eventTarget:EventTarget": [["deadLetterConfig", "arn"]],
  "aws:lambda/function:Function": [["deadLetterConfig", "targetArn"]],
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": [["destinationConfig", "onFailure", "destination"]],
};

/** The ARNs of the queues that keep events which functions and rules gave up. */
export function eventDeadLetterArns(
  resources: readonly { readonly type: string; readonly outputs: Readonly<Record<string, unknown>> }[],
): ReadonlySet<unknown> {
  return new Set(
    resources.flatMap(({ type, outputs }) =>
      (givenUpTo[type] ?? []).map((path) => path.reduce<unknown>(inside, outputs)),
    ),
  );
}

function inside(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

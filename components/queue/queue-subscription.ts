import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Function } from "../function/function";
import type { CalledFunctionArgs } from "../function/function.args";
import type { Handler } from "../function/handler";
import type { Subscription } from "../function/subscription";
import { variableOf } from "../shared/environment";
import type { CreatedQueue } from "./queue-facts";
import type { BatchArgs } from "./queue.args";

/** What a handler of messages listens to. */
interface QueueWiring {
  readonly queue: { readonly name: string; readonly queue: CreatedQueue };
  /** Where a message goes that is no JSON; undefined where there is nowhere. */
  readonly deadLetters: { readonly name: string; readonly queue: CreatedQueue } | undefined;
  /** How often a message is received before it goes there; undefined where that is not known. */
  readonly maxReceiveCount: number | undefined;
  /** Whether the handler gets each message by itself, or the whole batch. */
  readonly each: boolean;
  readonly handler: Handler<never>;
  readonly batch: BatchArgs;
  readonly args: CalledFunctionArgs;
}

/** A handler that gets a queue's messages; what it fails at comes again, until it goes to the dead letters. */
export class QueueSubscription extends pulumi.ComponentResource implements Subscription {
  public readonly function: Function;

  public constructor(name: string, wiring: QueueWiring, opts: pulumi.ComponentResourceOptions) {
    super("tandem:index:Subscription", name, {}, opts);
    const { deadLetters, maxReceiveCount, each, batch } = wiring;
    const { queue } = wiring.queue;
    const variable = variableOf("QUEUE", wiring.queue.name);
    const letters = deadLetters && { variable: variableOf("QUEUE", deadLetters.name), ...deadLetters.queue };
    this.function = new Function(
      name,
      wiring.handler as Handler<unknown>,
      wiring.args,
      { parent: this },
      {
        called: true,
        wrapper: `queue/queue-event#${each ? "handleMessages" : "handleBatches"}`,
        adapterOptions: { queue: variable, ...(letters && { deadLetters: letters.variable, maxReceiveCount }) },
        statements: [
          // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
          {
            actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            resources: [queue.arn],
          },
          ...(letters === undefined ? [] : [{ actions: ["sqs:SendMessage"], resources: [letters.arn] }]),
        ],
        refine: ({ imports }) =>
          imports.has("RetryError") ? [{ actions: ["sqs:ChangeMessageVisibility"], resources: [queue.arn] }] : [],
        environment: { [variable]: queue.url, ...(letters && { [letters.variable]: letters.url }) },
      },
    );
    new aws.lambda.EventSourceMapping(
      `${name}-mapping`,
      {
        eventSourceArn: queue.arn,
        functionName: this.function.name,
        batchSize: batch.batchSize ?? 10,
        functionResponseTypes: ["ReportBatchItemFailures"],
        ...((batch.batchWindow ?? 0) === 0 ? {} : { maximumBatchingWindowInSeconds: batch.batchWindow }),
        ...(batch.concurrency === undefined ? {} : { scalingConfig: { maximumConcurrency: batch.concurrency } }),
      },
      // The function, whose name this needs, comes after its policy: Lambda refuses a mapping that may not receive.
      { parent: this },
    );
    this.registerOutputs({ functionName: this.function.name });
  }
}

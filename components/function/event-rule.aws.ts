import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { FunctionArgs } from "./function.args";
import { Function } from "./function";
import type { FunctionWiring } from "./function.aws";
import type { Handler } from "./handler";

/** What a subscription through EventBridge listens to, and what runs then. */
export interface EventWiring extends Pick<FunctionWiring, "adapter" | "adapterOptions" | "check"> {
  /** An EventBridge pattern, as JSON. */
  readonly pattern: pulumi.Input<string>;
  readonly handler: Handler<never>;
  readonly args: FunctionArgs;
}

/** Seconds that EventBridge tries to hand an event over: its own maximum, a day. */
const longestAge = 86_400;
/** Seconds that dead letters are kept: SQS's maximum, 14 days. */
const deadLetterRetention = 1_209_600;

/** Makes a rule that sends matching events to a function, with one dead-letter queue for both. */
export function createEventRule(
  name: string,
  wiring: EventWiring,
  parent: pulumi.Resource,
): { function: Function; deadLetterArn: pulumi.Output<string> } {
  const deadLetters = new aws.sqs.Queue(
    `${name}-dead-letter`,
    { messageRetentionSeconds: deadLetterRetention, sqsManagedSseEnabled: true },
    { parent },
  );
  const fn = new Function(
    name,
    wiring.handler as Handler<unknown>,
    wiring.args,
    { parent },
    {
      adapter: wiring.adapter,
      adapterOptions: wiring.adapterOptions,
      check: wiring.check,
      deadLetterArn: deadLetters.arn,
    },
  );
  const rule = new aws.cloudwatch.EventRule(`${name}-rule`, { eventPattern: wiring.pattern }, { parent });
  const queuePolicy = new aws.sqs.QueuePolicy(
    `${name}-dead-letter-policy`,
    { queueUrl: deadLetters.id, policy: deadLetterPolicy(deadLetters.arn, rule.arn) },
    { parent },
  );
  const permission = new aws.lambda.Permission(
    `${name}-permission`,
    { function: fn.name, action: "lambda:InvokeFunction", principal: "events.amazonaws.com", sourceArn: rule.arn },
    { parent },
  );
  new aws.cloudwatch.EventTarget(
    `${name}-target`,
    {
      rule: rule.name,
      arn: fn.arn,
      retryPolicy: { maximumEventAgeInSeconds: longestAge, maximumRetryAttempts: 185 },
      deadLetterConfig: { arn: deadLetters.arn },
    },
    // Events that come before the permissions stand would end in the dead letters, or nowhere.
    { parent, dependsOn: [permission, queuePolicy] },
  );
  return { function: fn, deadLetterArn: deadLetters.arn };
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html#eb-dlq-perms */
function deadLetterPolicy(queueArn: pulumi.Output<string>, ruleArn: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.all([queueArn, ruleArn]).apply(([queue, rule]) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "TlsOnly",
          Effect: "Deny",
          Principal: "*",
          Action: "sqs:*",
          Resource: queue,
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
        {
          Sid: "Undelivered",
          Effect: "Allow",
          Principal: { Service: "events.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: queue,
          Condition: { ArnEquals: { "aws:SourceArn": rule } },
        },
      ],
    }),
  );
}

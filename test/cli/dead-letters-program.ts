import type { Engine } from "../../engine/engine";

/** Queues that dead letters go back to: to one, to one of two, and those of events, to none. */
export const deadLettersProgram = `
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
const redrivePolicy = (dead: aws.sqs.Queue) => pulumi.jsonStringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 });
const dead = new aws.sqs.Queue("jobs-dead-letter");
new aws.sqs.Queue("jobs", { visibilityTimeoutSeconds: 0, redrivePolicy: redrivePolicy(dead) });
const failures = new aws.sqs.Queue("failures");
for (const name of ["a", "b"]) new aws.sqs.Queue(name, { visibilityTimeoutSeconds: 0, redrivePolicy: redrivePolicy(failures) });
const events = new aws.sqs.Queue("onEvent-dead-letter");
const rule = new aws.cloudwatch.EventRule("rule", { eventPattern: '{"source":["app"]}' });
new aws.cloudwatch.EventTarget("target", { rule: rule.name, arn: dead.arn, deadLetterConfig: { arn: events.arn } });
`;

/** A queue of an engine, by its name in the program. */
export function queueOf(engine: Engine, name: string) {
  const found = engine.services.queues.list().find(({ displayName }) => displayName === name);
  if (found === undefined) throw new Error(`no queue ${name}`);
  return found;
}

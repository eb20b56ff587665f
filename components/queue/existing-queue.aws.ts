import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { partitionOf } from "../shared/arn";
import { isPlain, show } from "../shared/checks";
import type { Problem } from "../shared/errors";
import type { CreatedQueue } from "./queue-facts";

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html */
const addressPattern = /^https?:\/\/([^/]+)\/(\d{12})\/([A-Za-z0-9_-]{1,80}(?:\.fifo)?)$/;

/** Whether the queue at a plain address is a FIFO queue; their names end so. */
export function isFifoUrl(url: pulumi.Input<string>): boolean {
  return typeof url === "string" && url.endsWith(".fifo");
}

/** Finds what is wrong with the address of an existing queue, where it is plain. */
export function checkQueueUrl(whose: string, url: unknown): Problem[] {
  if (url !== undefined && (!isPlain(url) || (typeof url === "string" && addressPattern.test(url)))) return [];
  return [
    {
      code: "ERR_QUEUE_URL",
      message: `${whose} was given an address that is no queue's`,
      got: `url = ${show(url)}`,
      fix: "use the queue's URL, like https://sqs.eu-west-1.amazonaws.com/123456789012/jobs",
    },
  ];
}

/** A queue that exists already, by its address, which names its region and account. */
export function existingQueue(address: pulumi.Input<string>, asked: pulumi.InvokeOutputOptions): CreatedQueue {
  const url = pulumi.output(address);
  return { url, arn: url.apply((known) => arnOf(known, asked)) };
}

function arnOf(url: string, asked: pulumi.InvokeOutputOptions): pulumi.Output<string> {
  const [, host = "", account = "", name = ""] = addressPattern.exec(url) ?? [];
  const named = /^sqs\.([a-z0-9-]+)\./.exec(host)?.[1] ?? /^([a-z0-9-]+)\.queue\./.exec(host)?.[1];
  const region = named === undefined ? aws.getRegionOutput({}, asked).region : pulumi.output(named);
  return region.apply((known) => `arn:${partitionOf(known)}:sqs:${known}:${account}:${name}`);
}

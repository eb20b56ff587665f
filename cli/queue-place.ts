/** Where a queue is in AWS. */
export interface QueuePlace {
  readonly url: string;
  /** Undefined where its address does not say. */
  readonly region: string | undefined;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html */
const arnPattern = /^arn:(aws[\w-]*):sqs:([a-z0-9-]+):(\d{12}):([\w-]{1,80}(?:\.fifo)?)$/;
const urlPattern = /^https?:\/\/([^/]+)\/\d{12}\/[\w-]{1,80}(?:\.fifo)?$/;

/** The queue that an ARN or URL names; undefined where the text is neither. */
export function placeOf(text: string): QueuePlace | undefined {
  const [arn, partition, region = "", account = "", name = ""] = arnPattern.exec(text) ?? [];
  if (arn !== undefined) {
    const suffix = partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
    return { url: `https://sqs.${region}.${suffix}/${account}/${name}`, region };
  }
  const [url, host = ""] = urlPattern.exec(text) ?? [];
  if (url === undefined) return undefined;
  // Also where SQS is reached through an endpoint of a VPC, and as it was written formerly.
  const found = /(?:^|\.)sqs\.([a-z0-9-]+)\./.exec(host)?.[1] ?? /^([a-z0-9-]+)\.queue\./.exec(host)?.[1];
  return { url, region: found };
}

/** The address of another queue of the same region and account, by its ARN. */
export function urlOf(neighbour: string, arn: string): string {
  return neighbour.slice(0, neighbour.lastIndexOf("/") + 1) + arn.slice(arn.lastIndexOf(":") + 1);
}

import type { JsonInput } from "../../protocol/json-input";
import { AwsError } from "../../protocol/message";
import type { Queue } from "../queue";
import { checkRange, invalidParameter, missingParameter, queueDoesNotExist } from "../queue-errors";
import { isAttributeName, shownAttributes } from "../queue-settings";
import { onQueue, required, textsOf, type SqsOperation } from "./sqs-operation";

const createQueue: SqsOperation = {
  name: "CreateQueue",
  permissions: (input, service) => [
    { action: "sqs:CreateQueue", resource: service.arnOf(required(input, "QueueName")) },
  ],
  run: (input, service, request) => {
    const name = required(input, "QueueName");
    const attributes = textsOf(input, "Attributes") ?? {};
    const existing = service.all().find(({ record }) => record.name === name);
    if (existing === undefined) {
      const tags = textsOf(input, "tags") ?? textsOf(input, "Tags") ?? {};
      service.define({ name, displayName: name, attributes, tags });
    } else {
      const shown = shownAttributes(existing.record.attributes, existing.isFifo);
      const other = Object.entries(attributes).find(
        ([key, value]) => shown[key] !== value && shown[key] !== value.toLowerCase(),
      );
      if (other !== undefined) {
        const message = `A queue already exists with the same name and a different value for attribute ${other[0]}`;
        throw new AwsError("QueueNameExists", message);
      }
    }
    return { QueueUrl: service.urlOf(name, request.endpoint) };
  },
};

const deleteQueue = onQueue("DeleteQueue", async (queue, _input, service) => {
  await service.remove(queue.record.name);
  return {};
});

const getQueueUrl: SqsOperation = {
  name: "GetQueueUrl",
  permissions: (input, service) => [
    { action: "sqs:GetQueueUrl", resource: service.arnOf(required(input, "QueueName")) },
  ],
  run: (input, service, request) => {
    const owner = input.optionalString("QueueOwnerAWSAccountId") ?? service.account.id;
    if (owner !== service.account.id) throw queueDoesNotExist();
    const { name } = service.find(required(input, "QueueName")).record;
    return { QueueUrl: service.urlOf(name, request.endpoint) };
  },
};

const getQueueAttributes = onQueue("GetQueueAttributes", (queue, input) => {
  const names = input.optionalStrings("AttributeNames") ?? [];
  const unknown = names.find((name) => !isAttributeName(name));
  if (unknown !== undefined) throw new AwsError("InvalidAttributeName", `Unknown Attribute ${unknown}.`);
  if (names.length === 0) return {};
  const all = attributesOf(queue);
  if (names.includes("All")) return { Attributes: all };
  const wanted = Object.entries(all).filter(([name]) => names.includes(name));
  return wanted.length === 0 ? {} : { Attributes: Object.fromEntries(wanted) };
});

const setQueueAttributes = onQueue("SetQueueAttributes", (queue, input, service) => {
  const attributes = textsOf(input, "Attributes");
  if (attributes === undefined) throw missingParameter("Attributes");
  if (attributes["FifoQueue"] !== undefined && attributes["FifoQueue"].toLowerCase() !== String(queue.isFifo))
    throw new AwsError("InvalidAttributeName", "Unknown Attribute FifoQueue.");
  service.setAttributes(queue, attributes);
  return {};
});

const purgeQueue = onQueue("PurgeQueue", async (queue, _input, service) => {
  const { name } = queue.record;
  if (queue.purgedAt !== undefined && service.clock.now() - queue.purgedAt < 60_000) {
    const message = `Only one PurgeQueue operation on ${name} is allowed every 60 seconds.`;
    throw new AwsError("PurgeQueueInProgress", message);
  }
  await service.change(() => queue.purge());
  return {};
});

const listQueues: SqsOperation = {
  name: "ListQueues",
  permissions: () => [{ action: "sqs:ListQueues", resource: "*" }],
  run: (input, service, request) => {
    const prefix = input.optionalString("QueueNamePrefix") ?? "";
    const names = service.all().map(({ record }) => record.name);
    const { page, next } = paged(
      names.filter((name) => name.startsWith(prefix)),
      input,
    );
    const QueueUrls = page.map((name) => service.urlOf(name, request.endpoint));
    return { ...(page.length > 0 && { QueueUrls }), ...next };
  },
};

const listDeadLetterSourceQueues = onQueue("ListDeadLetterSourceQueues", (queue, input, service, request) => {
  const { page, next } = paged(
    service.sourcesOf(queue).map(({ record }) => record.name),
    input,
  );
  return { queueUrls: page.map((name) => service.urlOf(name, request.endpoint)), ...next };
});

const tagQueue = onQueue("TagQueue", (queue, input, service) => {
  const tags = textsOf(input, "Tags");
  if (tags === undefined) throw missingParameter("Tags");
  const all = { ...queue.record.tags, ...tags };
  if (Object.keys(all).length > 50) throw invalidParameter("Too many tags added for queue: 50 are allowed.");
  service.setTags(queue, all);
  return {};
});

const untagQueue = onQueue("UntagQueue", (queue, input, service) => {
  const keys = input.optionalStrings("TagKeys");
  if (keys === undefined) throw missingParameter("TagKeys");
  const left = Object.entries(queue.record.tags).filter(([key]) => !keys.includes(key));
  service.setTags(queue, Object.fromEntries(left));
  return {};
});

const listQueueTags = onQueue("ListQueueTags", (queue) => {
  const { tags } = queue.record;
  return Object.keys(tags).length === 0 ? {} : { Tags: tags };
});

export const managingOperations = [
  createQueue,
  deleteQueue,
  getQueueUrl,
  getQueueAttributes,
  setQueueAttributes,
  purgeQueue,
  listQueues,
  listDeadLetterSourceQueues,
  tagQueue,
  untagQueue,
  listQueueTags,
];

function attributesOf(queue: Queue): Record<string, string> {
  const { arn, created, modified, attributes } = queue.record;
  const { waiting, delayed, inFlight } = queue.depths();
  return {
    ...shownAttributes(attributes, queue.isFifo),
    QueueArn: arn,
    CreatedTimestamp: String(Math.floor(created / 1000)),
    LastModifiedTimestamp: String(Math.floor(modified / 1000)),
    ApproximateNumberOfMessages: String(waiting),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
  };
}

/** A page of names, with the token of the next; only who says how many gets pages, as on AWS. */
function paged(names: readonly string[], input: JsonInput): { page: readonly string[]; next: object } {
  const size = checkRange(input.optionalNumber("MaxResults"), "MaxResults", 1, 1000);
  const token = input.optionalString("NextToken");
  const after = token === undefined ? "" : Buffer.from(token, "base64").toString("utf8");
  const rest = names.filter((name) => name > after);
  const page = rest.slice(0, size ?? 1000);
  const last = page.at(-1);
  const hasMore = size !== undefined && page.length < rest.length && last !== undefined;
  return { page, next: hasMore ? { NextToken: Buffer.from(last).toString("base64") } : {} };
}

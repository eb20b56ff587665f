import type { Properties, RecordedResource } from "../graph/resource";
import { arn } from "../services/account";
import type { Services } from "../services/services";
import { physicalName, settingOf, type KnownInputs, type Twin } from "./twin";
import { flag, text, texts } from "../graph/values";

/** Inputs that are attributes of the queue, with their names on the wire, and what the provider reports without them. */
const attributeInputs: readonly (readonly [input: string, attribute: string, initial?: string | number | boolean])[] = [
  ["visibilityTimeoutSeconds", "VisibilityTimeout", 30],
  ["delaySeconds", "DelaySeconds", 0],
  ["maxMessageSize", "MaximumMessageSize", 1_048_576],
  ["messageRetentionSeconds", "MessageRetentionPeriod", 345_600],
  ["receiveWaitTimeSeconds", "ReceiveMessageWaitTimeSeconds", 0],
  ["policy", "Policy"],
  ["redrivePolicy", "RedrivePolicy"],
  ["redriveAllowPolicy", "RedriveAllowPolicy"],
  ["kmsMasterKeyId", "KmsMasterKeyId"],
  ["kmsDataKeyReusePeriodSeconds", "KmsDataKeyReusePeriodSeconds", 300],
  ["sqsManagedSseEnabled", "SqsManagedSseEnabled", true],
];
const fifoInputs: typeof attributeInputs = [
  ["contentBasedDeduplication", "ContentBasedDeduplication", false],
  ["deduplicationScope", "DeduplicationScope", "queue"],
  ["fifoThroughputLimit", "FifoThroughputLimit", "perQueue"],
];

const queueInputs: KnownInputs = Object.fromEntries(
  [
    ...attributeInputs.map(([input]) => input),
    ...fifoInputs.map(([input]) => input),
    "fifoQueue",
    "name",
    "namePrefix",
    "tags",
  ].map((input) => [input, true]),
);

/** A queue, found again by its name, with its messages. */
export const sqsQueue: Twin = {
  type: "aws:sqs/queue:Queue",
  inputs: queueInputs,
  identify(resource, account) {
    const { inputs } = resource;
    const isFifo = flag(inputs, "fifoQueue");
    const suffix = isFifo ? ".fifo" : "";
    const name = text(inputs, "name") || physicalName(resource, undefined, 80 - suffix.length) + suffix;
    const host = account.endpoint ?? `https://sqs.${account.region}.amazonaws.com`;
    const url = `${host}/${account.id}/${name}`;
    const shown = [...attributeInputs, ...(isFifo ? fifoInputs : [])].flatMap(([input, , initial]) =>
      initial === undefined || inputs[input] !== undefined ? [] : [[input, initial] as const],
    );
    return {
      id: url,
      outputs: { ...Object.fromEntries(shown), name, url, arn: arn(account, "sqs", name), fifoQueue: isFifo },
    };
  },
  create: define,
  update: (resource, _old, services) => define(resource, services),
  async delete({ outputs }, { queues, queueSettings }) {
    queueSettings.delete(text(outputs, "name"));
    await queues.remove(text(outputs, "name"));
  },
};

function define({ name: displayName, inputs, outputs }: RecordedResource, services: Services): void {
  const name = text(outputs, "name");
  const isFifo = flag(inputs, "fifoQueue");
  services.queues.define({
    name,
    displayName,
    attributes: { ...attributesOf(inputs, isFifo), ...services.queueSettings.get(name) },
    tags: texts(inputs, "tags"),
  });
}

function attributesOf(inputs: Properties, isFifo: boolean): Record<string, string> {
  const attributes: Record<string, string> = isFifo ? { FifoQueue: "true" } : {};
  for (const [input, attribute] of [...attributeInputs, ...(isFifo ? fifoInputs : [])]) {
    const value = inputs[input];
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      attributes[attribute] = String(value);
  }
  return attributes;
}

/** A policy that is a resource of its own: an attribute of its queue, which stays when the queue changes. */
function attributeOf(type: string, input: string, attribute: string): Twin {
  return settingOf(type, "queueUrl", { [input]: true }, ({ queues, queueSettings }, url, inputs) => {
    const name = url.slice(url.lastIndexOf("/") + 1);
    const others = Object.entries(queueSettings.get(name) ?? {}).filter(([each]) => each !== attribute);
    const value = inputs === undefined ? "" : text(inputs, input);
    queueSettings.set(name, Object.fromEntries(value === "" ? others : [...others, [attribute, value]]));
    const queue = queues.all().find(({ record }) => record.name === name);
    if (queue !== undefined) queues.setAttributes(queue, { [attribute]: value });
  });
}

export const sqsQueuePolicies: readonly Twin[] = [
  attributeOf("aws:sqs/queuePolicy:QueuePolicy", "policy", "Policy"),
  attributeOf("aws:sqs/redrivePolicy:RedrivePolicy", "redrivePolicy", "RedrivePolicy"),
  attributeOf("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "redriveAllowPolicy", "RedriveAllowPolicy"),
];

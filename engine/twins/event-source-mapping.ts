import { createHash } from "node:crypto";
import type { Properties, RecordedResource } from "../graph/resource";
import { arn } from "../services/account";
import type { MappingDefinition } from "../services/queues/mappings/mapping-definition";
import type { Services } from "../services/services";
import { type Twin } from "./twin";
import { list, number, object, text } from "../graph/values";

/** What gives a queue's messages to a function. */
export const eventSourceMapping: Twin = {
  type: "aws:lambda/eventSourceMapping:EventSourceMapping",
  inputs: {
    batchSize: true,
    enabled: true,
    eventSourceArn: true,
    filterCriteria: { filters: { pattern: true } },
    functionName: true,
    functionResponseTypes: true,
    kmsKeyArn: true,
    maximumBatchingWindowInSeconds: true,
    metricsConfig: true,
    scalingConfig: { maximumConcurrency: true },
    tags: true,
  },
  identify({ urn, inputs }, account) {
    const hash = createHash("sha256").update(urn).digest("hex");
    const uuid = hash.slice(0, 32).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-4$3-8$4-$5");
    const functionName = text(inputs, "functionName");
    return {
      id: uuid,
      outputs: {
        uuid,
        arn: arn(account, "lambda", `event-source-mapping:${uuid}`),
        functionArn: functionName.startsWith("arn:")
          ? functionName
          : arn(account, "lambda", `function:${functionName}`),
        batchSize: number(inputs, "batchSize") ?? 10,
        state: inputs["enabled"] === false ? "Disabled" : "Enabled",
        stateTransitionReason: "USER_INITIATED",
        lastProcessingResult: "",
      },
    };
  },
  create: define,
  update: (resource, _old, services) => define(resource, services),
  delete({ id }, { eventSources }) {
    eventSources.remove(id);
  },
};

function define({ id, name, inputs }: RecordedResource, services: Services): void {
  const queueArn = text(inputs, "eventSourceArn");
  const warn = (message: string): void => services.engineEvents.emit({ type: "notice", level: "warning", message });
  if (queueArn.split(":")[2] !== "sqs") {
    warn(`event source mapping ${name} is not run here: ${queueArn || "its source"} is not a queue`);
    return;
  }
  const definition: MappingDefinition = {
    id,
    displayName: name,
    queueArn,
    functionName: text(inputs, "functionName")
      .replace(/^arn:.*:function:/, "")
      .replace(/:.*$/, ""),
    enabled: inputs["enabled"] !== false,
    batchSize: number(inputs, "batchSize") ?? 10,
    window: number(inputs, "maximumBatchingWindowInSeconds") ?? 0,
    maximumConcurrency: number(object(inputs, "scalingConfig"), "maximumConcurrency"),
    reportsFailures: list(inputs, "functionResponseTypes").includes("ReportBatchItemFailures"),
    filters: list(object(inputs, "filterCriteria"), "filters").map((filter) => text(filter as Properties, "pattern")),
  };
  services.eventSources.define(definition);
  checkVisibility(definition, services, warn);
}

/** AWS makes no mapping to a function that may take longer than its messages stay hidden. */
function checkVisibility(
  { displayName, queueArn, functionName }: MappingDefinition,
  { queues, functions }: Services,
  warn: (message: string) => void,
): void {
  const visibility = queues.byArn(queueArn)?.settings.visibilityTimeout;
  const timeout = functions.list().find(({ definition }) => definition.name === functionName)?.definition.timeout;
  if (visibility === undefined || timeout === undefined || visibility >= timeout) return;
  warn(
    `AWS will refuse event source mapping ${displayName}: Queue visibility timeout: ${visibility} seconds is less than ` +
      `Function timeout: ${timeout} seconds`,
  );
}

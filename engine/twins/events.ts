import { arn } from "../services/account";
import { named, physicalName, type Twin } from "./twin";
import { number, object, text } from "../graph/values";

/** A rule: events that match its pattern go to its targets. */
export const eventRule: Twin = {
  type: "aws:cloudwatch/eventRule:EventRule",
  inputs: {
    name: true,
    description: true,
    eventPattern: true,
    forceDestroy: true,
    isEnabled: true,
    namePrefix: true,
    roleArn: true,
    state: true,
    tags: true,
  },
  identify(resource, account) {
    const { id, outputs } = named(resource, account, "events", "rule/");
    return { id, outputs };
  },
  create({ id, inputs, outputs }, { events }) {
    const state = text(inputs, "state");
    const pattern = text(inputs, "eventPattern");
    const isBySchedule = pattern === "" && text(inputs, "scheduleExpression") !== "";
    events.putRule({
      name: id,
      arn: text(outputs, "arn"),
      ...(isBySchedule ? {} : { pattern }),
      enabled: state === "" ? inputs["isEnabled"] !== false : state.startsWith("ENABLED"),
    });
  },
  update(resource, _old, services) {
    return this.create?.(resource, services);
  },
  delete({ id }, { events }) {
    events.removeRule(id);
  },
};

/** Where a rule's events go. */
export const eventTarget: Twin = {
  type: "aws:cloudwatch/eventTarget:EventTarget",
  inputs: {
    arn: true,
    deadLetterConfig: { arn: true },
    forceDestroy: true,
    input: true,
    retryPolicy: { maximumEventAgeInSeconds: true, maximumRetryAttempts: true },
    roleArn: true,
    rule: true,
    targetId: true,
  },
  identify(resource) {
    const targetId = physicalName(resource, resource.inputs["targetId"]);
    return { id: `${text(resource.inputs, "rule")}-${targetId}`, outputs: { targetId } };
  },
  create({ inputs, outputs }, { events }) {
    const retry = object(inputs, "retryPolicy");
    const deadLetterArn = text(object(inputs, "deadLetterConfig"), "arn");
    events.putTarget(text(inputs, "rule"), {
      id: text(outputs, "targetId"),
      arn: text(inputs, "arn"),
      maximumRetryAttempts: number(retry, "maximumRetryAttempts") ?? 185,
      maximumEventAge: number(retry, "maximumEventAgeInSeconds") ?? 86_400,
      ...(deadLetterArn === "" ? {} : { deadLetterArn }),
      ...(text(inputs, "input") === "" ? {} : { input: text(inputs, "input") }),
    });
  },
  update(resource, old, services) {
    if (text(old.inputs, "rule") !== text(resource.inputs, "rule")) {
      services.events.removeTarget(text(old.inputs, "rule"), text(old.outputs, "targetId"));
    }
    return this.create?.(resource, services);
  },
  delete({ inputs, outputs }, { events }) {
    events.removeTarget(text(inputs, "rule"), text(outputs, "targetId"));
  },
};

/** A log group: a folder of log files. */
export const logGroup: Twin = {
  type: "aws:cloudwatch/logGroup:LogGroup",
  inputs: {
    name: true,
    deletionProtectionEnabled: true,
    kmsKeyId: true,
    logGroupClass: true,
    namePrefix: true,
    retentionInDays: true,
    skipDestroy: true,
    tags: true,
  },
  identify(resource, account) {
    const name = physicalName(resource, resource.inputs["name"], 512);
    return { id: name, outputs: { name, arn: arn(account, "logs", `log-group:${name}`) } };
  },
  create({ id, inputs }, { logs }) {
    const days = number(inputs, "retentionInDays");
    logs.createGroup(id, days === 0 ? undefined : days);
  },
  update(resource, _old, services) {
    return this.create?.(resource, services);
  },
  delete({ id }, { logs }) {
    logs.removeGroup(id);
  },
};

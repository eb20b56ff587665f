import type { Properties } from "../graph/resource";
import { arn } from "../services/account";
import { named, physicalName, type Twin } from "./twin";
import { number, object, text } from "../graph/values";

/** A rule: events that match its pattern go to its targets. */
export const eventRule: Twin = {
  type: "aws:cloudwatch/eventRule:EventRule",
  inputs: {
    name: true,
    description: true,
    eventBusName: true,
    eventPattern: true,
    forceDestroy: true,
    isEnabled: true,
    namePrefix: true,
    roleArn: true,
    state: true,
    tags: true,
  },
  identify(resource, account) {
    const bus = busOf(resource.inputs);
    const { name, id, outputs } = named(resource, account, "events", bus === undefined ? "rule/" : `rule/${bus}/`);
    // The provider puts an own bus in front of a rule's id.
    return { id: bus === undefined ? id : `${bus}/${name}`, outputs };
  },
  create({ inputs, outputs }, { events }) {
    const state = text(inputs, "state");
    const pattern = text(inputs, "eventPattern");
    const isBySchedule = pattern === "" && text(inputs, "scheduleExpression") !== "";
    events.putRule({
      name: text(outputs, "name"),
      bus: busOf(inputs),
      arn: text(outputs, "arn"),
      ...(isBySchedule ? {} : { pattern }),
      enabled: state === "" ? inputs["isEnabled"] !== false : state.startsWith("ENABLED"),
    });
  },
  update(resource, _old, services) {
    return this.create?.(resource, services);
  },
  delete({ inputs, outputs }, { events }) {
    events.removeRule(text(outputs, "name"), busOf(inputs));
  },
};

/** The own bus that a rule or target is on; undefined for the default one. */
function busOf(inputs: Properties): string | undefined {
  const name = text(inputs, "eventBusName").replace(/^arn:.*\//, "");
  return name === "" || name === "default" ? undefined : name;
}

/** A bus of one's own. */
export const eventBus: Twin = {
  type: "aws:cloudwatch/eventBus:EventBus",
  inputs: { name: true, description: true, tags: true },
  identify(resource, account) {
    const { id, outputs } = named(resource, account, "events", "event-bus/");
    return { id, outputs };
  },
  create({ id }, { events }) {
    events.addBus(id);
  },
  update() {
    // Nothing of it changes what it does.
  },
  delete({ id }, { events }) {
    events.removeBus(id);
  },
};

/** Where a rule's events go. */
export const eventTarget: Twin = {
  type: "aws:cloudwatch/eventTarget:EventTarget",
  inputs: {
    arn: true,
    deadLetterConfig: { arn: true },
    eventBusName: true,
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
    const target = {
      id: text(outputs, "targetId"),
      arn: text(inputs, "arn"),
      maximumRetryAttempts: number(retry, "maximumRetryAttempts") ?? 185,
      maximumEventAge: number(retry, "maximumEventAgeInSeconds") ?? 86_400,
      ...(deadLetterArn === "" ? {} : { deadLetterArn }),
      ...(text(inputs, "input") === "" ? {} : { input: text(inputs, "input") }),
    };
    events.putTarget(ruleOf(inputs), target, busOf(inputs));
  },
  update(resource, old, services) {
    const isSame = ruleOf(old.inputs) === ruleOf(resource.inputs) && busOf(old.inputs) === busOf(resource.inputs);
    if (!isSame) services.events.removeTarget(ruleOf(old.inputs), text(old.outputs, "targetId"), busOf(old.inputs));
    return this.create?.(resource, services);
  },
  delete({ inputs, outputs }, { events }) {
    events.removeTarget(ruleOf(inputs), text(outputs, "targetId"), busOf(inputs));
  },
};

/** The name of a target's rule, which may be given by the rule's id. */
function ruleOf(inputs: Properties): string {
  const rule = text(inputs, "rule");
  return rule.slice(rule.lastIndexOf("/") + 1);
}

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

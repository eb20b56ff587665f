import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { arn, type Account } from "../account";
import type { Activity } from "../activity";
import { isoSeconds, type Clock } from "../clock";
import type { EngineEvents } from "../engine-events";
import { JsonProtocol } from "../protocol/json-protocol";
import { AwsError, type AwsRequest, type AwsResponse } from "../protocol/message";
import type { Authorize, AwsService, OperationSummary } from "../protocol/operation";
import type { DeadLetterSink } from "../queues/dead-letter-sink";
import { WorkQueue, type WorkItem, type WorkOutcome } from "../queues/work-queue";
import { eventOperations } from "./event-operations";
import { compileEventPattern, type EventMatcher } from "./event-pattern";

/** An event on the bus (https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html). */
export interface EventBridgeEvent {
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly account: string;
  /** ISO 8601, whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

/** An event to publish; what is left out is filled in. */
export type PublishedEvent = Pick<EventBridgeEvent, "detail-type" | "source" | "detail"> & Partial<EventBridgeEvent>;

export interface RuleDefinition {
  readonly name: string;
  /** The name of the bus that it takes events of. @defaultValue `"default"` */
  readonly bus?: string;
  readonly arn: string;
  /** The event pattern, as JSON. A rule without one, as one by schedule, takes no event. */
  readonly pattern?: string;
  readonly enabled: boolean;
}

export interface TargetDefinition {
  /** Unique within its rule. */
  readonly id: string;
  readonly arn: string;
  /** Where events go that could not be delivered: the ARN of an SQS queue. */
  readonly deadLetterArn?: string;
  /** 0 to 185. */
  readonly maximumRetryAttempts: number;
  /** Seconds. */
  readonly maximumEventAge: number;
  /** JSON that is delivered in place of the event. */
  readonly input?: string;
}

/** What a delivery belongs to. */
export interface DeliverySource {
  readonly ruleName: string;
  readonly ruleArn: string;
  readonly eventId: string;
}

interface EventServiceOptions {
  readonly database: DatabaseSync;
  readonly clock: Clock;
  readonly activity: Activity;
  readonly events: EngineEvents;
  readonly account: Account;
  readonly authorize: Authorize;
  readonly deadLetters: DeadLetterSink;
  /** Hands an event to a target; rejects where it is not taken. What it is handed again it may have had before. */
  deliver(targetArn: string, body: string, source: DeliverySource): Promise<void>;
}

interface Rule {
  definition: RuleDefinition;
  matches: EventMatcher;
  readonly targets: Map<string, TargetDefinition>;
}

const second = 1000;
const longestDelay = 300 * second;
const deliveriesAtOnce = 100;

/** The bus that every account has, where the events of AWS's services are. */
const defaultBus = "default";

/** EventBridge: buses, their rules, and the rules' targets. */
export class EventService implements AwsService {
  public readonly signingName = "events";
  public readonly operations: readonly OperationSummary[] = eventOperations;
  public readonly account: Account;
  /** By {@link ruleKey}. */
  private readonly rules = new Map<string, Rule>();
  private readonly buses = new Set<string>([defaultBus]);
  private readonly deliveries: WorkQueue;
  private readonly protocol = new JsonProtocol<EventService>({ target: "AWSEvents", operations: eventOperations });

  public constructor(private readonly options: EventServiceOptions) {
    const { database, clock, activity } = options;
    this.account = options.account;
    this.deliveries = new WorkQueue({
      database,
      table: "event_deliveries",
      clock,
      activity,
      capacity: () => deliveriesAtOnce,
      work: (item) => this.deliver(item),
      onFault: (error) => this.notice(`An event could not be delivered and will be tried again: ${String(error)}`),
    });
  }

  /** Creates a rule or changes it; its targets stay. Throws an InvalidEventPatternException. */
  public putRule(definition: RuleDefinition): void {
    const { pattern } = definition;
    const matches = pattern === undefined ? (): boolean => false : compileEventPattern(pattern);
    const key = ruleKey(definition.name, definition.bus);
    const rule = this.rules.get(key);
    if (rule === undefined) this.rules.set(key, { definition, matches, targets: new Map() });
    else Object.assign(rule, { definition, matches });
  }

  /** Removes a rule with its targets and what was still to be delivered to them. */
  public removeRule(name: string, bus?: string): void {
    const key = ruleKey(name, bus);
    for (const id of this.rules.get(key)?.targets.keys() ?? []) this.deliveries.discard(lineOf(key, id));
    this.rules.delete(key);
  }

  public putTarget(ruleName: string, target: TargetDefinition, bus?: string): void {
    const key = ruleKey(ruleName, bus);
    const rule = this.rules.get(key);
    if (rule === undefined) throw new AwsError("ResourceNotFoundException", `Rule ${ruleName} does not exist.`);
    rule.targets.set(target.id, target);
    this.deliveries.open(lineOf(key, target.id));
  }

  public removeTarget(ruleName: string, targetId: string, bus?: string): void {
    const key = ruleKey(ruleName, bus);
    if (this.rules.get(key)?.targets.delete(targetId) === true) this.deliveries.discard(lineOf(key, targetId));
  }

  public addBus(name: string): void {
    this.buses.add(name);
  }

  public removeBus(name: string): void {
    this.buses.delete(name);
  }

  /** The name of the bus that a name or an ARN stands for; undefined where there is none. */
  public busNamed(nameOrArn: string): string | undefined {
    const name = nameOrArn.startsWith("arn:") ? nameOrArn.slice(nameOrArn.lastIndexOf("/") + 1) : nameOrArn;
    return this.buses.has(name) && this.busArn(nameOrArn) === this.busArn(name) ? name : undefined;
  }

  /** Puts an event on a bus. When this resolves its deliveries are on disk, and will be made whatever happens. */
  public async publish(published: PublishedEvent, bus = defaultBus): Promise<EventBridgeEvent> {
    const event: EventBridgeEvent = {
      version: "0",
      id: published.id ?? randomUUID(),
      "detail-type": published["detail-type"],
      source: published.source,
      account: published.account ?? this.account.id,
      time: published.time ?? isoSeconds(this.options.clock.now()),
      region: published.region ?? this.account.region,
      resources: published.resources ?? [],
      detail: published.detail,
    };
    const body = Buffer.from(JSON.stringify(event));
    for (const [key, { definition, matches, targets }] of this.rules) {
      if ((definition.bus ?? defaultBus) !== bus || !definition.enabled || !matches(event)) continue;
      for (const { id, input } of targets.values()) {
        const sent = input === undefined ? body : Buffer.from(input);
        this.deliveries.add(lineOf(key, id), sent, { id: event.id, source: JSON.stringify([key, id]) });
      }
    }
    return event;
  }

  /** Takes up the deliveries of an earlier run. Rules and targets may be put before or after. */
  public start(): void {
    this.deliveries.start();
  }

  public close(): Promise<void> {
    return this.deliveries.close();
  }

  /** The ARN of an event bus. */
  public busArn(name: string): string {
    return name.startsWith("arn:") ? name : arn(this.account, "events", `event-bus/${name}`);
  }

  public handle(request: AwsRequest): Promise<AwsResponse> {
    return this.protocol.handle(request, this, this.options.authorize);
  }

  public formatError(error: AwsError): AwsResponse {
    return this.protocol.formatError(error);
  }

  private async deliver(item: WorkItem): Promise<WorkOutcome> {
    const [key = "", targetId = ""] = JSON.parse(item.source) as string[];
    const rule = this.rules.get(key);
    const target = rule?.targets.get(targetId);
    if (rule === undefined || target === undefined) return { status: "done" };
    const ruleName = rule.definition.name;
    const body = item.body.toString("utf8");
    try {
      await this.options.deliver(target.arn, body, { ruleName, ruleArn: rule.definition.arn, eventId: item.id });
      return { status: "done" };
    } catch (error) {
      // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
      const untilExpiry = item.queuedAt + target.maximumEventAge * second - this.options.clock.now();
      if (mayPass(error) && item.attempts < target.maximumRetryAttempts && untilExpiry > 0) {
        const delay = Math.min(second * 2 ** Math.min(item.attempts, 20), longestDelay);
        return { status: "failed", dueIn: Math.min(delay, untilExpiry) };
      }
      const reason = error instanceof AwsError ? `${error.code}: ${error.message}` : String(error);
      if (target.deadLetterArn !== undefined) {
        // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html#eb-dlq-considerations
        const attributes = {
          RULE_ARN: rule.definition.arn,
          TARGET_ARN: target.arn,
          ERROR_CODE: error instanceof AwsError ? error.code : "INTERNAL_ERROR",
          ERROR_MESSAGE: error instanceof AwsError ? error.message : String(error),
          EXHAUSTED_RETRY_CONDITION: exhaustedCondition(error, untilExpiry),
          RETRY_ATTEMPTS: String(item.attempts),
        };
        await this.options.deadLetters.send(target.deadLetterArn, body, { reason, source: ruleName, attributes });
      } else this.notice(`Rule ${ruleName} could not deliver an event to ${target.arn} (${reason}): the event is lost`);
      return { status: "done" };
    }
  }

  private notice(message: string): void {
    this.options.events.emit({ type: "notice", level: "warning", message });
  }
}

/** Whether trying again may help: a target that does not exist or does not take the event stays that way. */
function mayPass(error: unknown): boolean {
  return !(error instanceof AwsError) || error.status === 429 || error.status >= 500;
}

/** Which limit of the retries was reached; nothing where trying again could not have helped. */
function exhaustedCondition(error: unknown, untilExpiry: number): string {
  if (!mayPass(error)) return "";
  return untilExpiry > 0 ? "MaximumRetryAttempts" : "MaximumEventAgeInSeconds";
}

/** A rule's name is unique on its bus; on the default one it is the key itself, as it always was on the disk. */
function ruleKey(name: string, bus = defaultBus): string {
  return bus === defaultBus ? name : `${bus}/${name}`;
}

function lineOf(ruleName: string, targetId: string): string {
  return JSON.stringify([ruleName, targetId]);
}

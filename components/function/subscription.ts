import * as pulumi from "@pulumi/pulumi";
import { createEventRule, type EventWiring } from "./event-rule.aws";
import { Function } from "./function";
import type { Problem } from "../shared/errors";

/** Refuses a second subscription of one component with the same name. */
export function checkDuplicate(whose: string, names: ReadonlySet<string>, name: string): Problem[] {
  if (!names.has(name)) return [];
  return [
    {
      code: "ERR_SUBSCRIPTION_DUPLICATE",
      message: `${whose} has a subscription of that name already`,
      got: `"${name}"`,
      fix: "give each subscription its own name",
    },
  ];
}

/**
 * Pulumi's options for a subscription and all that it makes. With `aliases`, a handler gets another name and keeps what it has, its
 * dead letters for one: `{ aliases: [{ name: "onVideo" }] }`.
 */
export type SubscriptionOptions = Omit<pulumi.ComponentResourceOptions, "parent" | "provider" | "providers">;

/** A handler that listens to a component's events. */
export interface Subscription extends pulumi.ComponentResource {
  /** The function that runs the handler. */
  readonly function: Function;
}

/** A subscription whose events come through EventBridge: retried, and kept as dead letters when all tries failed. */
export class EventSubscription extends pulumi.ComponentResource implements Subscription {
  public readonly function: Function;
  /** The ARN of the queue that holds events which failed after all retries. */
  public readonly deadLetterArn: pulumi.Output<string>;

  public constructor(name: string, wiring: EventWiring, opts: pulumi.ComponentResourceOptions) {
    super("tandem:index:Subscription", name, {}, opts);
    const created = createEventRule(name, wiring, this);
    this.function = created.function;
    this.deadLetterArn = created.deadLetterArn;
    this.registerOutputs({ functionName: this.function.name, deadLetterArn: this.deadLetterArn });
  }
}

import * as pulumi from "@pulumi/pulumi";
import { checkCalledFunctionArgs, type CalledFunctionArgs } from "../function/function.args";
import { checkHandler, type Handler } from "../function/handler";
import { checkDuplicate, type Subscription, type SubscriptionOptions } from "../function/subscription";
import { runtimeMethod } from "../shared/capabilities";
import { checkName, functionName } from "../shared/checks";
import { variableOf } from "../shared/environment";
import { throwProblems, type Problem } from "../shared/errors";
import { grantOf, type Grant } from "../shared/grants";
import { askedBy, reachingChildren } from "../shared/options";
import { checkPlatform } from "../shared/settings";
import { checkDeadLetterArgs, checkSharedDeadLetters } from "./dead-letters.args";
import { createAlarm, createDeadLetterQueue, createRedriveAllowPolicy } from "./dead-letters.aws";
import { checkQueueUrl, existingQueue, isFifoUrl } from "./existing-queue.aws";
import { checkBatchArgs, checkQueueArgs, type BatchArgs, type QueueArgs } from "./queue.args";
import { defaultMaxReceiveCount, defaultVisibility, type CreatedQueue } from "./queue-facts";
import { createQueue, queueStatements } from "./queue.aws";
import { QueueSubscription } from "./queue-subscription";
import type { BatchResult, QueueMessage } from "./queue-event.runtime";
import type * as runtime from "./queue.runtime";
import type { SendAllOptions, SendOptions } from "./queue.runtime";

/** What can be granted on a {@link Queue}. */
export type QueueVerb = "send" | "receive" | "redrive";

/**
 * Keeps messages until a handler has processed them. What fails again and again goes to the dead letters.
 *
 * @example
 * ```ts
 * const jobs = new Queue<{ scene: string }>("jobs");
 * jobs.onMessage("onJob", async ({ body }) => console.log("rendering", body.scene));
 * bucket.onPut("onScene", async ({ key }) => { await jobs.send({ scene: key }); });
 * ```
 */
export class Queue<T = unknown> extends pulumi.ComponentResource {
  /** The queue's address: where SQS takes its messages. */
  public readonly url: pulumi.Output<string>;
  public readonly arn: pulumi.Output<string>;
  /** The same as {@link Queue.url}, by which SQS knows a queue. */
  public readonly id: pulumi.Output<string>;
  /**
   * The queue of what could not be processed; a queue itself, with handlers of its own if wanted. Undefined for one
   * that holds dead letters, and for one made by {@link Queue.fromUrl}.
   */
  public readonly deadLetters: Queue<T>;

  // Own properties that close over plain values only: each can be captured by itself, and is a permission by itself.
  /**
   * Sends a message, as JSON. Works inside handlers, also the queue's own.
   * @throws `ERR_QUEUE_MESSAGE` before any call: beyond 1 MiB, no JSON, a delay over 900 seconds
   */
  public readonly send: (body: T, options?: SendOptions) => Promise<{ readonly id: string }>;
  /**
   * Sends any number of messages, in batches of 10 and 1 MiB.
   * @throws `ERR_QUEUE_MESSAGE` before any call, `ERR_QUEUE_SEND` with those that SQS did not take
   */
  public readonly sendAll: (bodies: Iterable<T>, options?: SendAllOptions<T>) => Promise<void>;
  /** Sends what this queue holds back to where it came from; on {@link Queue.deadLetters}, inside handlers. */
  public readonly redrive: () => Promise<{ readonly moved: number }>;

  private readonly logicalName: string;
  private readonly fifo: boolean;
  /** Seconds; undefined where it is not known. */
  private readonly visibilityTimeout: pulumi.Input<number> | undefined;
  /** Undefined for a queue without dead letters of its own. */
  private readonly maxReceiveCount: number | undefined;
  /** The ARNs of the queues whose dead letters these are; more may come until handlers are packaged. */
  private readonly sources: pulumi.Output<string>[] = [];
  private readonly subscriptions = new Set<string>();

  /** @throws `ERR_NAME_INVALID`, `ERR_ARGUMENT_…`, `ERR_QUEUE_FIFO`, `ERR_QUEUE_DEAD_LETTERS` */
  public constructor(name: string, args: QueueArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    const role = (args as Special)[roleKey];
    throwProblems(Queue.check(name, args, role));
    super("tandem:index:Queue", name, {}, reachingChildren(opts));
    checkPlatform();
    this.logicalName = name;
    this.fifo = role?.kind === "existing" ? isFifoUrl(role.url) : (role?.source ?? args).fifo === true;
    this.visibilityTimeout = role?.kind === "existing" ? undefined : (args.visibilityTimeout ?? defaultVisibility);
    this.maxReceiveCount = role === undefined ? (args.maxReceiveCount ?? defaultMaxReceiveCount) : undefined;
    // Its arguments need those of its dead letters.
    const deadLetters = role === undefined ? this.deadLettersOf(name, args) : undefined;
    const created = this.create(name, args, role, deadLetters, askedBy(this, opts));
    this.url = created.url;
    this.arn = created.arn;
    this.id = created.url;
    if (deadLetters !== undefined) this.attach(name, args, deadLetters);
    this.deadLetters = deadLetters as unknown as Queue<T>;
    const methods = this.methods(name, args.deduplicate !== "id");
    this.send = methods.send;
    this.sendAll = methods.sendAll;
    this.redrive = methods.redrive;
    this.registerOutputs({ url: this.url, arn: this.arn });
  }

  /**
   * A queue that exists already and stays unmanaged.
   * @param url its address, `https://sqs.<region>.amazonaws.com/<account>/<name>`
   * @throws `ERR_QUEUE_URL`
   */
  public static fromUrl<T = unknown>(
    name: string,
    url: pulumi.Input<string>,
    opts?: pulumi.ComponentResourceOptions,
  ): Queue<T> {
    return new Queue<T>(name, { [roleKey]: { kind: "existing", url } } as QueueArgs, opts);
  }

  /**
   * Runs `handler` once for each message. One that it throws for is received again, `maxReceiveCount` times in all, and
   * then goes to the dead letters; those received with it are not affected.
   * @param name the handler's name, in logs and as the function's name
   * @throws `ERR_SUBSCRIPTION_DUPLICATE`, `ERR_QUEUE_BATCH_SIZE`, `ERR_QUEUE_VISIBILITY`, `ERR_HANDLER_…`, `ERR_ARGUMENT_…`
   */
  public onMessage(
    name: string,
    handler: Handler<QueueMessage<T>>,
    batch: BatchArgs = {},
    args: CalledFunctionArgs = {},
    opts?: SubscriptionOptions,
  ): Subscription {
    return this.subscribe(name, handler, true, batch, args, opts);
  }

  /**
   * Runs `handler` for whole batches. A throw fails all messages of the batch, and what it returns may name some:
   * `{ failed: [id] }`. Otherwise like {@link Queue.onMessage}.
   */
  public onBatch(
    name: string,
    handler: Handler<readonly QueueMessage<T>[], BatchResult | void>,
    batch: BatchArgs = {},
    args: CalledFunctionArgs = {},
    opts?: SubscriptionOptions,
  ): Subscription {
    return this.subscribe(name, handler, false, batch, args, opts);
  }

  /** A permission to pass in another component's `grants`. */
  public can(...verbs: QueueVerb[]): Grant {
    return grantOf(`queue "${this.logicalName}"`, queueStatements(this.arn, this.sources), verbs);
  }

  private static check(name: string, args: QueueArgs, role: Role | undefined): Problem[] {
    const whose = `queue "${name}"`;
    // Its source's name was checked, and has room for the suffix.
    if (role?.kind === "dead-letters") return [];
    const problems = checkName("queue", name, functionName);
    if (role !== undefined) return [...problems, ...checkQueueUrl(whose, role.url)];
    const { deadLetters, fifo = false } = args;
    problems.push(...checkQueueArgs(whose, args));
    if (!(deadLetters instanceof Queue)) return [...problems, ...checkDeadLetterArgs(whose, deadLetters)];
    const shared = { name: deadLetters.logicalName, fifo: deadLetters.fifo };
    return [...problems, ...checkSharedDeadLetters(whose, { name, fifo }, shared)];
  }

  private deadLettersOf(name: string, args: QueueArgs): Queue {
    if (args.deadLetters instanceof Queue) return args.deadLetters;
    const role: Role = { kind: "dead-letters", source: args };
    return new Queue(`${name}-dead-letter`, { [roleKey]: role } as QueueArgs, { parent: this });
  }

  private create(
    name: string,
    args: QueueArgs,
    role: Role | undefined,
    deadLetters: Queue | undefined,
    asked: pulumi.InvokeOutputOptions,
  ): CreatedQueue {
    if (role?.kind === "existing") return existingQueue(role.url, asked);
    if (role !== undefined) return createDeadLetterQueue(name, role.source, this);
    return createQueue(name, args, (deadLetters as Queue).arn, this);
  }

  /** Makes `deadLetters` this queue's: what they redrive comes here, and from nowhere else, unless others share them. */
  private attach(name: string, args: QueueArgs, deadLetters: Queue): void {
    deadLetters.sources.push(this.arn);
    if (args.deadLetters instanceof Queue) return;
    createRedriveAllowPolicy(`${name}-dead-letter`, args, deadLetters, this.arn);
    createAlarm(`${name}-dead-letter`, args, deadLetters);
  }

  private methods(name: string, byContent: boolean): Pick<Queue<T>, "send" | "sendAll" | "redrive"> {
    const variable = variableOf("QUEUE", name);
    const source = variableOf("SOURCE", name);
    const here: runtime.QueuePlace = { variable, byContent, source };
    const { sources } = this;
    const { send, redrive } = queueStatements(this.arn, sources);
    const known = { component: name, environment: { [variable]: this.url } };
    return {
      send: runtimeMethod(
        { module: "queue", method: "send", place: here },
        { ...known, verb: "send", statements: send },
      ),
      sendAll: runtimeMethod(
        { module: "queue", method: "sendAll", place: here },
        { ...known, verb: "sendAll", statements: send },
      ),
      redrive: runtimeMethod(
        { module: "queue", method: "redrive", place: here },
        {
          ...known,
          verb: "redrive",
          statements: redrive,
          // Whose dead letters these are is known once the program has run.
          get environment() {
            const [only, ...others] = sources;
            return only === undefined || others.length > 0
              ? known.environment
              : { ...known.environment, [source]: only };
          },
        },
      ),
    };
  }

  private subscribe(
    name: string,
    handler: Handler<never>,
    each: boolean,
    batch: BatchArgs,
    args: CalledFunctionArgs,
    opts: SubscriptionOptions | undefined,
  ): Subscription {
    const whose = `handler "${name}"`;
    const queue = { name: this.logicalName, fifo: this.fifo, visibilityTimeout: this.visibilityTimeout };
    throwProblems([
      ...checkName("subscription", name, functionName),
      ...checkDuplicate(`queue "${this.logicalName}"`, this.subscriptions, name),
      ...checkHandler(whose, handler),
      ...checkBatchArgs(whose, queue, batch, args),
      ...checkCalledFunctionArgs(
        whose,
        args,
        [],
        "set maxReceiveCount on the queue: how often a message is received in all",
      ),
    ]);
    if (this.subscriptions.size > 0) {
      const others = [...this.subscriptions].map((other) => `"${other}"`).join(", ");
      void pulumi.log.warn(`queue "${this.logicalName}": each message goes to one of ${others} and "${name}"`, this);
    }
    this.subscriptions.add(name);
    const deadLetters = this.deadLetters as Queue<T> | undefined;
    return new QueueSubscription(
      name,
      {
        queue: { name: this.logicalName, queue: this },
        deadLetters: deadLetters && {
          name: deadLetters.logicalName,
          queue: { url: deadLetters.url, arn: deadLetters.arn },
        },
        ...{ maxReceiveCount: this.maxReceiveCount, each, handler, batch, args },
      },
      { ...reachingChildren(opts), parent: this },
    );
  }
}

/** What a queue is, other than one that a program asks for. Not among the arguments that users see. */
type Role =
  | { readonly kind: "existing"; readonly url: pulumi.Input<string> }
  | { readonly kind: "dead-letters"; readonly source: QueueArgs };

const roleKey = Symbol("a queue's role");
type Special = { readonly [roleKey]?: Role };

import * as pulumi from "@pulumi/pulumi";
import { Api, Bucket, Function, Queue, Task } from "../../components";
import type { ApiAuthorizer } from "../../components/api/authorizer.args";
import * as samples from "./samples";
import { handler, type Samples } from "./samples";

/** Options that put a resource into the program that it is of. */
type Options = { readonly parent: pulumi.Resource };

/** A program that uses one option of one component. */
export interface Program {
  /** The interface of the option and the option, e.g. `QueueArgs.fifo`; with a number where it takes several values. */
  readonly title: string;
  make(name: string, opts: Options): void;
}

/** One program for each value that an interface's options are shown with. */
function each<Args extends object>(
  interfaceName: string,
  values: Samples<Args>,
  make: (name: string, args: Args, opts: Options) => void,
): Program[] {
  return Object.entries(values as Readonly<Record<string, readonly unknown[]>>).flatMap(([key, options]) =>
    options.map((value, index) => ({
      title: `${interfaceName}.${key}${options.length > 1 ? ` ${index + 1}` : ""}`,
      make: (name, opts) => make(name, { [key]: value } as Args, opts),
    })),
  );
}

const api = (name: string, args: ConstructorParameters<typeof Api>[1], opts: Options): void =>
  void new Api(name, args, opts).get("/", handler);

const authorized = (name: string, authorizer: ApiAuthorizer, opts: Options): void =>
  void new Api(name, { authorizers: { users: authorizer } }, opts).get("/", handler, { auth: "users" });

/** A task, and a function that may start it: where a task runs is said when it is started. */
export function startable(name: string, args: ConstructorParameters<typeof Task>[1], opts: Options): Task {
  const made = new Task(name, args, opts);
  new Function(`${name}-start`, made, {}, opts);
  return made;
}

const { image } = samples;
const letIn = async (): Promise<boolean> => true;
const withBatch = { visibilityTimeout: 300 };

/** Each component as it is where nothing is said, with all that it can be asked for. */
export const defaults: readonly Program[] = [
  {
    title: "Bucket",
    make: (name, opts) => {
      const bucket = new Bucket(name, {}, opts);
      bucket.onPut(`${name}-put`, handler);
      bucket.onDelete(`${name}-delete`, handler);
    },
  },
  { title: "Function", make: (name, opts) => void new Function(name, handler, {}, opts) },
  {
    title: "Queue",
    make: (name, opts) => {
      const queue = new Queue(name, {}, opts);
      queue.onMessage(`${name}-each`, handler);
      new Queue(`${name}-2`, {}, opts).onBatch(`${name}-batch`, handler);
      queue.deadLetters.onMessage(`${name}-dead`, handler);
    },
  },
  {
    title: "Task",
    make: (name, opts) => void startable(name, { build: samples.folder }, opts).onExit(`${name}-exit`, handler),
  },
  {
    title: "Api",
    make: (name, opts) => {
      const made = new Api(name, {}, opts);
      made.get("/", handler);
      made.static("/pages", samples.pages);
      made.proxy("/other", "https://example.com");
    },
  },
];

/** Every option of every component. */
const options: readonly Program[] = [
  ...each("BucketArgs", samples.bucketArgs, (name, args, opts) => void new Bucket(name, args, opts)),
  ...each("BucketCors", samples.bucketCors, (name, args, opts) => {
    const origins = args.origins ?? ["https://example.org"];
    new Bucket(name, { cors: { ...args, origins } }, opts);
  }),
  ...each("KeyFilter", samples.keyFilter, (name, args, opts) => {
    new Bucket(name, {}, opts).onPut(`${name}-put`, handler, args);
  }),
  ...each("FunctionArgs", samples.functionArgs, (name, args, opts) => void new Function(name, handler, args, opts)),
  ...each("QueueArgs", samples.queueArgs, (name, args, opts) => {
    new Queue(name, "deduplicate" in args ? { fifo: true, ...args } : args, opts);
  }),
  ...each("DeadLetterArgs", samples.deadLetterArgs, (name, args, opts) => {
    new Queue(name, { deadLetters: args }, opts);
  }),
  ...each("DeadLetterAlarm", samples.deadLetterAlarm, (name, args, opts) => {
    new Queue(name, { deadLetters: { alarm: args } }, opts);
  }),
  ...each("BatchArgs", samples.batchArgs, (name, args, opts) => {
    new Queue(name, withBatch, opts).onMessage(`${name}-each`, handler, { batchWindow: 1, ...args });
  }),
  ...each("TaskArgs", samples.taskArgs, (name, args, opts) => {
    new Task(name, "build" in args ? args : { image, ...args }, opts);
  }),
  ...each("TaskBuild", samples.taskBuild, (name, args, opts) => {
    new Task(name, { build: { ...args, context: samples.folder } }, opts);
  }),
  ...each("TaskNetwork", samples.taskNetwork, (name, network, opts) => {
    startable(name, { image, network }, opts);
  }),
  ...each("ApiArgs", samples.apiArgs, api),
  ...each("ApiCors", samples.apiCors, (name, args, opts) => {
    const named = { origins: ["https://example.com"], methods: ["GET"], headers: ["accept"] };
    api(name, { cors: { ...named, ...args } }, opts);
  }),
  ...each("ApiDomain", samples.apiDomain, (name, args, opts) => {
    api(name, { domain: { ...samples.domain, ...args } }, opts);
  }),
  ...each("RouteArgs", samples.routeArgs, (name, args, opts) => void new Api(name, {}, opts).post("/", handler, args)),
  ...each("JwtAuthorizer", samples.jwtAuthorizer, (name, args, opts) =>
    authorized(name, { ...samples.issuer, ...args }, opts),
  ),
  ...each("CustomAuthorizer", samples.customAuthorizer, (name, args, opts) =>
    authorized(name, { ...args, handler: args.handler ?? letIn }, opts),
  ),
  ...each("StaticArgs", samples.staticArgs, (name, args, opts) => {
    new Api(name, {}, opts).static("/", samples.pages, args);
  }),
];

/** What components do together. */
const together: readonly Program[] = [
  {
    title: "shared dead letters",
    make: (name, opts) => void new Queue(name, { deadLetters: new Queue(`${name}-shared`, {}, opts) }, opts),
  },
  {
    title: "tasks as handlers",
    make: (name, opts) => {
      const container = startable(name, { image, timeout: 60 }, opts);
      new Bucket(`${name}-bucket`, {}, opts).onPut(`${name}-put`, container);
      new Queue(`${name}-queue`, {}, opts).onMessage(`${name}-each`, container);
      new Api(`${name}-api`, {}, opts).post("/", container);
    },
  },
  {
    title: "everything that can be granted",
    make: (name, opts) => {
      const bucket = new Bucket(`${name}-bucket`, {}, opts);
      const queue = new Queue(`${name}-queue`, {}, opts);
      const container = startable(`${name}-task`, { image, timeout: 60 }, opts);
      const fn = new Function(`${name}-other`, handler, {}, opts);
      const grants = [
        bucket.can("get", "put", "delete", "list"),
        bucket.can("get", "list", { prefix: "public/" }),
        queue.can("send", "receive"),
        queue.deadLetters.can("redrive"),
        container.can("run", "stop", "wait"),
        fn.can("invoke"),
        new Api(`${name}-api`, {}, opts).can("invoke"),
        Bucket.fromName(`${name}-old`, "old-bucket", opts).can("get"),
        Queue.fromUrl(`${name}-far`, "https://sqs.eu-west-1.amazonaws.com/123456789012/far", opts).can("send"),
      ];
      new Function(name, handler, { grants }, opts);
      new Task(`${name}-granted`, { image, grants }, opts);
    },
  },
];

const captured: Program = { title: "everything that can be captured", make: (name, opts) => capturing(name, opts) };

/** A handler that captures every method that one can. */
function capturing(name: string, opts: Options): void {
  const media = new Bucket(`${name}-bucket`, {}, opts);
  const jobs = new Queue<string>(`${name}-queue`, {}, opts);
  const { deadLetters } = jobs;
  const renderer = new Task(`${name}-task`, { image, timeout: 60 }, opts);
  const other = new Function(`${name}-other`, handler, {}, opts);
  const all = async (): Promise<void> => {
    for await (const { key } of media.list()) await media.put(key, await media.get(key));
    if (await media.exists("a")) await media.delete("a");
    await jobs.send(await media.signedUrl("a", { method: "get", expires: 60 }));
    await deadLetters.redrive();
    const run = await renderer.run();
    await run.wait();
    await run.stop();
    await renderer.state(run.id);
    await other.invoke({});
  };
  new Function(name, all, {}, opts);
}

export const catalogue: readonly Program[] = [...defaults, ...options, ...together, captured];

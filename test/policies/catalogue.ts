import { Api, Bucket, Function, Queue, Task } from "../../components";
import type { ApiAuthorizer } from "../../components/api/authorizer.args";
import { startable, type Options, type Program } from "./program";
import * as samples from "./samples";
import { handler, type Samples } from "./samples";
import { together } from "./together";

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

export const catalogue: readonly Program[] = [...defaults, ...options, ...together];

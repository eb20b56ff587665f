/** A route of a walked program. */
interface WalkedRoute {
  readonly method: string;
  readonly path: string;
  /** What answers: a handler of its own, one that several share, or another address. */
  readonly answer: "own" | "shared" | "proxy";
  readonly auth: "none" | "iam" | "tokens" | "keys";
  readonly options: Readonly<Record<string, string>>;
}

/** A handler of a bucket, a queue or a task; `before` is what it was called in the program before. */
interface WalkedHandler {
  readonly of: "bucket" | "queue" | "task";
  readonly name: string;
  readonly before?: string;
  readonly options: Readonly<Record<string, string>>;
}

/** A program as a person might edit it. Options are texts of the program, by their names. */
export interface WalkedProgram {
  readonly routes: readonly WalkedRoute[];
  readonly handlers: readonly WalkedHandler[];
  readonly options: Readonly<Record<Component, Readonly<Record<string, string>>>>;
  /** So many handlers have been made: no name is used twice. */
  readonly made: number;
}

type Component = "api" | "bucket" | "queue" | "task";

/** What can be set and taken out again, of components and of handlers. */
const settable: Readonly<
  Record<Component | "route" | "on bucket" | "on queue" | "on task", readonly [string, string][]>
> = {
  api: [
    ["throttle", "{ rate: 1, burst: 2 }"],
    ["cors", "true"],
    [
      "cors",
      '{ origins: ["https://a.example"], methods: ["GET"], headers: ["a"], exposeHeaders: ["b"], credentials: true }',
    ],
    ["accessLog", "false"],
    ["accessLog", "{ retention: 30 }"],
    ["tags", '{ team: "web" }'],
  ],
  bucket: [
    ["versioned", "true"],
    ["cors", '{ origins: ["https://a.example"], maxAge: 1 }'],
    ["expiration", "30"],
    ["forceDestroy", "true"],
    ["tags", '{ team: "media" }'],
  ],
  queue: [
    ["delay", "5"],
    ["retention", "600"],
    ["maxReceiveCount", "5"],
    ["visibilityTimeout", "900"],
    ["deadLetters", "failed"],
    ["deadLetters", "{ retention: 6000, alarm: false }"],
    ["deadLetters", "{ alarm: { threshold: 5 } }"],
    ["fifo", "true"],
    ["tags", '{ team: "jobs" }'],
  ],
  task: [
    ["memory", "1024"],
    ["spot", "true"],
    ["timeout", "60"],
    ["ephemeralStorage", "30"],
    ["command", '["true"]'],
    ["environment", '{ A: "1" }'],
    ["architecture", '"arm64"'],
  ],
  route: functionOptions(),
  "on bucket": [...functionOptions(), ["retries", "0"]],
  "on queue": functionOptions(),
  "on task": [...functionOptions(), ["retries", "0"]],
};

function functionOptions(): [string, string][] {
  return [
    ["tracing", "true"],
    ["concurrency", "5"],
    ["ephemeralStorage", "2"],
    ["memory", "256"],
    ["environment", '{ STAGE: "test" }'],
    ["architecture", '"x64"'],
    ["logRetention", "30"],
    ["vpc", '{ subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] }'],
  ];
}

const methods = ["GET", "POST", "ANY"];
const paths = ["/users/{id}", "/users/id", "/users/{name}", "/a", "/b", "/{rest+}", "/users-id"];
const answers = ["own", "shared", "proxy"] as const;
const auths = ["none", "iam", "tokens", "keys"] as const;

export const firstProgram: WalkedProgram = {
  routes: [
    { method: "GET", path: "/a", answer: "shared", auth: "none", options: {} },
    { method: "GET", path: "/users/{id}", answer: "own", auth: "none", options: {} },
  ],
  handlers: [{ of: "bucket", name: "on0", options: {} }],
  options: { api: {}, bucket: {}, queue: {}, task: {} },
  made: 1,
};

/** Edits, each of which takes a number to choose with: what it would do twice, it undoes. */
export const edits: Readonly<Record<string, (program: WalkedProgram, choice: number) => WalkedProgram>> = {
  "add or remove a route": (program, choice) => {
    const made: WalkedRoute = {
      method: pick(methods, choice),
      path: pick(paths, choice >> 2),
      answer: pick(answers, choice >> 5),
      auth: pick(auths, choice >> 7),
      options: {},
    };
    const others = program.routes.filter((route) => keyOf(route) !== keyOf(made));
    if (others.length < program.routes.length) return { ...program, routes: others };
    const at = (choice >> 9) % (others.length + 1);
    return { ...program, routes: [...others.slice(0, at), made, ...others.slice(at)] };
  },
  "let routes change places": (program, choice) => ({
    ...program,
    routes: swapped(program.routes, choice),
    handlers: swapped(program.handlers, choice >> 4),
  }),
  "answer a route in another way": (program, choice) =>
    changeRoute(program, choice, (route) => ({ ...route, answer: pick(answers, choice >> 4) })),
  "give a route another authorizer": (program, choice) =>
    changeRoute(program, choice, (route) => ({ ...route, auth: pick(auths, choice >> 4) })),
  "call a variable something else": (program, choice) =>
    changeRoute(program, choice, (route) => ({
      ...route,
      path: route.path.includes("{id}")
        ? route.path.replace("{id}", "{userId}")
        : route.path.replace("{userId}", "{id}"),
    })),
  "set or take out an option of a route": (program, choice) =>
    changeRoute(program, choice, (route) => ({
      ...route,
      options: toggled(route.options, settable.route, choice >> 4),
    })),
  "set or take out an option": (program, choice) => {
    const component = pick(["api", "bucket", "queue", "task"] as const, choice);
    const options = toggled(program.options[component], settable[component], choice >> 2);
    return { ...program, options: { ...program.options, [component]: options } };
  },
  "add or remove a handler": (program, choice) => {
    const of = pick(["bucket", "queue", "task"] as const, choice);
    const last = program.handlers.find((handler) => handler.of === of);
    if (last !== undefined && (choice >> 2) % 2 === 0)
      return { ...program, handlers: program.handlers.filter((handler) => handler !== last) };
    const made = { of, name: `on${program.made}`, options: {} };
    return { ...program, handlers: [...program.handlers, made], made: program.made + 1 };
  },
  "call a handler something else": (program, choice) =>
    changeHandler({ ...program, made: program.made + 1 }, choice, (handler) => ({
      ...handler,
      name: `on${program.made}`,
      before: handler.name,
    })),
  "set or take out an option of a handler": (program, choice) =>
    changeHandler(program, choice, (handler) => ({
      ...handler,
      options: toggled(handler.options, settable[`on ${handler.of}`], choice >> 4),
    })),
};

function pick<Item>(items: readonly Item[], choice: number): Item {
  return items[choice % items.length] as Item;
}

function keyOf({ method, path }: WalkedRoute): string {
  return `${method} ${path.replace(/\{\w+/g, "{")}`;
}

function swapped<Item>(items: readonly Item[], choice: number): Item[] {
  const [a, b] = [choice % Math.max(items.length, 1), (choice >> 2) % Math.max(items.length, 1)];
  return items.map((item, index) => (index === a ? (items[b] ?? item) : index === b ? (items[a] ?? item) : item));
}

function toggled(
  options: Readonly<Record<string, string>>,
  all: readonly [string, string][],
  choice: number,
): Record<string, string> {
  const [name, value] = pick(all, choice);
  const { [name]: old, ...others } = options;
  return old === value ? others : { ...others, [name]: value };
}

function changeRoute(
  program: WalkedProgram,
  choice: number,
  change: (route: WalkedRoute) => WalkedRoute,
): WalkedProgram {
  const at = choice % Math.max(program.routes.length, 1);
  const routes = program.routes.map((route, index) => (index === at ? change(route) : route));
  return new Set(routes.map(keyOf)).size === routes.length ? { ...program, routes } : program;
}

function changeHandler(
  program: WalkedProgram,
  choice: number,
  change: (handler: WalkedHandler) => WalkedHandler,
): WalkedProgram {
  const at = choice % Math.max(program.handlers.length, 1);
  return { ...program, handlers: program.handlers.map((handler, index) => (index === at ? change(handler) : handler)) };
}

/** The program's text. A handler that had another name before has it as an alias. */
export function textOf({ routes, handlers, options }: WalkedProgram): string {
  const auth = `authorizers: {
    tokens: { issuer: "https://id.example.com", audience: "web", scopes: ["read"] },
    keys: { handler: async (request) => request.headers.get("x-key") === "open", headers: ["x-key"], ttl: 60 },
  }`;
  // Longer than any handler may take, also with a batch.
  const queue = { visibilityTimeout: "400", ...options.queue };
  const isFifo = options.queue["fifo"] === "true";
  return `import { Api, Bucket, Queue, Task } from "tandem";

const api = new Api("web", ${record({ ...options.api, "": auth })});
const media = new Bucket("media", ${record(options.bucket)});
const failed = new Queue("failed", { fifo: ${isFifo} });
const jobs = new Queue<string>("jobs", ${record(queue)});
const image = "alpine@sha256:4bcff63911fcb4448bd4fdacec207030997caf25e9bea4045fa6c8c44de311d1";
const cutter = new Task("cutter", ${record({ image: "image", ...options.task })});
const shared = async () => ({ sent: await jobs.send("a", ${isFifo ? '{ group: "g" }' : "{}"}) });
${routes.map(routeText).join("\n")}
${handlers.map(handlerText).join("\n")}
`;
}

function record(options: Readonly<Record<string, string>>): string {
  return `{ ${Object.entries(options)
    .map(([name, value]) => (name === "" ? value : `${name}: ${value}`))
    .join(", ")} }`;
}

function routeText({ method, path, answer, auth, options }: WalkedRoute): string {
  if (answer === "proxy")
    return `api.proxy("${path.replace(/\/\{rest\+\}$/, "/rest/{rest+}")}", "https://example.com${method}");`;
  const handler =
    answer === "shared" ? "shared" : `async (request) => ({ here: request.url, run: await cutter.run() })`;
  return `api.route("${method}", "${path}", ${handler}, ${record({ auth: `"${auth}"`, ...options })});`;
}

function handlerText({ of, name, before, options }: WalkedHandler): string {
  const opts = before === undefined ? "{}" : `{ aliases: [{ name: "${before}" }] }`;
  const args = record(options);
  if (of === "bucket") return `media.onPut("${name}", async ({ key }) => console.log(key), {}, ${args}, ${opts});`;
  if (of === "task") return `cutter.onExit("${name}", async ({ id }) => console.log(id), ${args}, ${opts});`;
  return `jobs.onMessage("${name}", async ({ body }) => void (await media.put(body, body)), { batchSize: 5 }, ${args}, ${opts});`;
}

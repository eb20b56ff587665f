/** Every component, in a class of the user's own. */
const app = `import * as pulumi from "@pulumi/pulumi";
import { Api, Bucket, Function, Queue, Task } from "tandem";

export class App extends pulumi.ComponentResource {
  public readonly media: pulumi.Output<string>;
  public readonly url: pulumi.Output<string>;

  public constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("acme:index:App", name, {}, opts);
    const parent = this;
    const bucket = new Bucket(\`\${name}-media\`, { forceDestroy: true }, { parent });
    const queue = new Queue<string>(\`\${name}-jobs\`, { visibilityTimeout: 180 }, { parent });
    const task = new Task(\`\${name}-cutter\`, { build: "./cutter", grants: [bucket.can("get")] }, { parent });
    const objects = async () => {
      let found = 0;
      for await (const _ of bucket.list()) found += 1;
      return found;
    };
    const count = new Function(\`\${name}-count\`, objects, {}, { parent });
    bucket.onPut(\`\${name}-onPut\`, async ({ key }) => void (await queue.send(key)), { keySuffix: ".mp4" });
    queue.onMessage(\`\${name}-onJob\`, async ({ body }) => void (await task.run({ environment: { KEY: body } })));
    const door = async (request: { headers: Headers }) => request.headers.get("x-key") === "open";
    const authorizers = { door: { handler: door, headers: ["x-key"] } };
    const api = new Api(\`\${name}-web\`, { authorizers }, { parent });
    api.get("/count", async () => ({ count: await count.invoke(undefined) }), { auth: "door" });
    api.static("/", "./page");
    this.media = bucket.id;
    this.url = api.url;
    this.registerOutputs({ media: this.media, url: this.url });
  }
}
`;

/** What a project of ours has, but for its program. */
export const projectFiles: Readonly<Record<string, string>> = {
  // Without ts-node, which takes seconds each time.
  "Pulumi.yaml": `name: existing
runtime:
  name: nodejs
  options:
    typescript: false
    nodeargs: --require tandem/register
`,
  "package.json": JSON.stringify({ name: "existing", main: "index.ts" }),
  "app.ts": app,
  // Its lines stay where they are: they are in what is deployed.
  "handlers.ts": `import type { BucketEvent, Queue } from "tandem";

export const sendKey = (queue: Queue<string>) => async ({ key }: BucketEvent) => void (await queue.send(key));
`,
  "cutter/Dockerfile": 'FROM scratch\nCMD ["/cutter"]\n',
  "page/index.html": "<title>page</title>\n",
};

/** The same in two regions, each by a provider of its own. */
export const twoRegions = `import * as aws from "@pulumi/aws";
import * as dockerBuild from "@pulumi/docker-build";
import { App } from "./app";

const europe = new aws.Provider("europe", { region: "eu-west-1", defaultTags: { tags: { team: "video" } } });
const america = new aws.Provider("america", { region: "us-west-2" });
const builder = new dockerBuild.Provider("builder", { host: "unix:///run/builder.sock" });
const eu = new App("eu", { providers: [europe, builder] });
const us = new App("us", { providers: { aws: america, "docker-build": builder } });
export const urls = { eu: eu.url, us: us.url };
export const media = { eu: eu.media, us: us.media };
`;

/** One that is in several stacks, after a queue that was there before. */
export const oneRegion = `import * as aws from "@pulumi/aws";
import { App } from "./app";

const before = new aws.sqs.Queue("before");
const app = new App("app", { dependsOn: before });
export const { url, media } = app;
`;

/** The same where the class has come to be in another. */
export const oneRegionNested = `import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { App } from "./app";

const before = new aws.sqs.Queue("before");
const parent = new pulumi.ComponentResource("acme:index:Company", "company");
const app = new App("app", { parent, dependsOn: before, aliases: [{ parent: pulumi.rootStackResource }] });
export const { url, media } = app;
`;

/** Two components, and what comes after them, at the top of a program. */
export const atTop = `import * as aws from "@pulumi/aws";
import { Bucket, Queue } from "tandem";
import { sendKey } from "./handlers";

const bucket = new Bucket("media");
const queue = new Queue<string>("jobs");
bucket.onPut("onPut", sendKey(queue));
new aws.sqs.Queue("after", {}, { dependsOn: [bucket, queue] });
`;

/** The same where they have come to be in a class. @param options of the class, and of each component */
export function inClass(options: string, own: { readonly bucket: string; readonly queue: string }, first = ""): string {
  return `import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Bucket, Queue } from "tandem";
import { sendKey } from "./handlers";

const tag = (key: string) => (args: any) =>
  /(bucket:Bucket|queue:Queue|role:Role)$/.test(args.type) && !/after/.test(args.name)
    ? { props: { ...args.props, tags: { ...args.props.tags, [key]: "yes" } }, opts: args.opts }
    : undefined;
${first}

class Videos extends pulumi.ComponentResource {
  public constructor(name: string, opts: pulumi.ComponentResourceOptions) {
    super("acme:index:Videos", name, {}, opts);
    const bucket = new Bucket("media", {}, { parent: this, ${own.bucket} });
    const queue = new Queue<string>("jobs", {}, { parent: this, ${own.queue} });
    bucket.onPut("onPut", sendKey(queue));
    this.registerOutputs({});
  }
}
const videos = new Videos("videos", { ${options} });
new aws.sqs.Queue("after", {}, { dependsOn: videos });
`;
}

/** Tasks in private subnets, also in another region than the stack's, and one of an image that is there already. */
export const privateTasks = `import * as aws from "@pulumi/aws";
import { Function, Task } from "tandem";

const image = "alpine:3.22";
const europe = new aws.Provider("europe", { region: "eu-west-1" });
const one = new Task("one", { image, network: { private: true } });
new Task("two", { build: "./cutter", network: { private: true } });
new Task("far", { image, network: { private: true } }, { provider: europe });
new Task("pinned", { image: "alpine@sha256:${"0".repeat(64)}" });
new Function("start", async () => (await one.run()).id);
`;

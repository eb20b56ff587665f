import * as pulumi from "@pulumi/pulumi";
import { grant, type FunctionArgs } from "../../components";
import type { ApiArgs, ApiCors, ApiDomain } from "../../components/api/api.args";
import type { CustomAuthorizer, JwtAuthorizer } from "../../components/api/authorizer.args";
import type { RouteArgs } from "../../components/api/route.args";
import type { StaticArgs } from "../../components/api/static-files";
import type { BucketArgs, BucketCors } from "../../components/bucket/bucket.args";
import type { KeyFilter } from "../../components/bucket/bucket-event.runtime";
import type { DeadLetterAlarm, DeadLetterArgs } from "../../components/queue/dead-letters.args";
import type { BatchArgs, QueueArgs } from "../../components/queue/queue.args";
import type { TaskArgs, TaskBuild, TaskNetwork } from "../../components/task/task.args";

/** Values for every argument there is: one that is added has to be added here, or this does not compile. */
export type Samples<Args> = { readonly [Key in keyof Required<Args>]: readonly Args[Key][] };

export const folder = "./examples/video-thumbnailer/ffmpeg";
export const pages = "./examples/ray-tracer/page";
export const image = "public.ecr.aws/docker/library/alpine:3.22";
export const domain = { name: "api.example.com", zoneId: "Z0123456789" };
export const issuer = { issuer: "https://issuer.example.com", audience: "app" };

const arn = (service: string, rest: string): string => `arn:aws:${service}:us-east-1:123456789012:${rest}`;
const someGrant = grant(["dynamodb:GetItem"], [arn("dynamodb", "table/scenes")]);
const tags = { team: "media" };
const same = <Args>(args: Args): Args => args;
const certificateArn = arn("acm", "certificate/0123");

/** What a handler of the catalogue does: nothing, so that all share one package of each kind. */
export const handler = async (): Promise<undefined> => undefined;

export const bucketArgs: Samples<BucketArgs> = {
  versioned: [true, false],
  cors: [{ origins: ["https://example.com"] }, [{ origins: ["https://example.com"] }]],
  expiration: [30],
  forceDestroy: [true],
  tags: [tags],
  transform: [{ bucket: same }],
};

export const bucketCors: Samples<BucketCors> = {
  origins: [["https://example.com"]],
  methods: [["GET", "PUT"]],
  headers: [["content-type"]],
  exposeHeaders: [["ETag"]],
  maxAge: [60],
};

export const keyFilter: Samples<KeyFilter> = { keyPrefix: ["videos/"], keySuffix: [".mp4"] };

export const functionArgs: Samples<FunctionArgs> = {
  memory: [128],
  timeout: [20],
  environment: [{ STAGE: "test" }, { PASSWORD: pulumi.secret("open sesame") }],
  architecture: ["arm64", "x64"],
  concurrency: [0, 5],
  retries: [0],
  ephemeralStorage: [1],
  logRetention: [0, 365],
  grants: [[someGrant]],
  vpc: [{ subnetIds: ["subnet-1", "subnet-2"], securityGroupIds: ["sg-1"] }],
  layers: [[arn("lambda", "layer:tools:1")]],
  tracing: [true],
  bundle: [{ copy: ["./package.json"] }],
  transform: [{ function: same }],
};

export const queueArgs: Samples<QueueArgs> = {
  fifo: [true],
  deduplicate: ["content", "id"],
  maxReceiveCount: [1],
  visibilityTimeout: [600],
  delay: [60],
  retention: [1_209_600],
  deadLetters: [{}],
  tags: [tags],
  transform: [{ queue: same }],
};

export const deadLetterArgs: Samples<DeadLetterArgs> = { retention: [60], alarm: [true, false] };

export const deadLetterAlarm: Samples<DeadLetterAlarm> = { actions: [[arn("sns", "operators")]], threshold: [10] };

export const batchArgs: Samples<BatchArgs> = { batchSize: [100], batchWindow: [5], concurrency: [2] };

export const taskArgs: Samples<TaskArgs> = {
  build: [folder, { context: folder }],
  image: [image, "123456789012.dkr.ecr.us-east-1.amazonaws.com/renderer:1", `${image}@sha256:${"0".repeat(64)}`],
  memory: [2048],
  cpu: [1024],
  architecture: ["arm64", "x64"],
  ephemeralStorage: [50],
  timeout: [600],
  spot: [true],
  command: [["true"]],
  environment: [{ STAGE: "test" }],
  secrets: [{ PASSWORD: arn("secretsmanager", "secret:db-a1b2c3:password::"), KEY: arn("ssm", "parameter/key") }],
  grants: [[someGrant]],
  network: [{}],
  logRetention: [0, 365],
  transform: [{ cluster: same }],
};

export const taskBuild: Samples<TaskBuild> = {
  context: [folder],
  dockerfile: [`${folder}/Dockerfile`],
  target: ["base"],
  args: [{ VERSION: "1" }],
  secrets: [{ TOKEN: pulumi.secret("open sesame") }],
  platform: ["linux/arm64"],
};

export const taskNetwork: Samples<TaskNetwork> = {
  vpc: ["vpc-1", { vpcId: "vpc-1", publicSubnetIds: ["subnet-1"], privateSubnetIds: ["subnet-2"] }],
  private: [true],
  securityGroups: [["sg-1"]],
};

export const apiArgs: Samples<ApiArgs> = {
  cors: [true, { origins: ["https://example.com"] }],
  domain: [domain],
  throttle: [{ rate: 100, burst: 200 }],
  accessLog: [true, false, { retention: 30 }],
  authorizers: [{}],
  tags: [tags],
  transform: [{ stage: same }],
};

export const apiCors: Samples<ApiCors> = {
  origins: [["*"]],
  methods: [["GET"]],
  headers: [["content-type"]],
  exposeHeaders: [["etag"]],
  credentials: [true],
  maxAge: [60],
};

export const apiDomain: Samples<ApiDomain> = {
  name: ["other.example.com"],
  zoneId: ["Z0123456789"],
  certificateArn: [certificateArn],
};

export const routeArgs: Samples<RouteArgs> = {
  auth: ["none", "iam"],
  body: [{ type: "object" }],
  query: [{ type: "object" }],
};

export const jwtAuthorizer: Samples<JwtAuthorizer> = {
  issuer: ["https://issuer.example.com"],
  audience: [["app", "other"]],
  scopes: [["read"]],
  header: ["X-Token"],
};

export const customAuthorizer: Samples<Omit<CustomAuthorizer, keyof FunctionArgs>> = {
  handler: [async () => true],
  headers: [["Authorization"]],
  ttl: [0],
};

export const staticArgs: Samples<StaticArgs> = { index: ["index.html"], notFound: ["index.html"], cache: [60] };

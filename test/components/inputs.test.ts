import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Api, Bucket, Function, Queue, Task } from "../../components";
import { record, type RecordedApp } from "../../testing";
import { refusal } from "./refusal";

const handler = async (): Promise<undefined> => undefined;
const image = "alpine@sha256:0000000000000000000000000000000000000000000000000000000000000000";
const later = <Value>(value: Value) => pulumi.output(Promise.resolve(value));

describe("an argument that is an Input", () => {
  it("may be known later at every level of a function's settings", async () => {
    const app = await record(() => {
      new Function("fn", handler, {
        environment: later({ STAGE: later("prod"), NODE_OPTIONS: "--no-warnings" }),
        architecture: later("x64" as const),
        logRetention: later(30),
        layers: later([later("arn:aws:lambda:us-east-1:123456789012:layer:tools:1")]),
        vpc: later({ subnetIds: [later("subnet-1")], securityGroupIds: later([later("sg-1")]) }),
        tracing: later(true),
      });
    });
    const { inputs } = app.component("Function", "fn").child("aws:lambda/function:Function");
    expect(inputs).to.deep.include({
      architectures: ["x86_64"],
      layers: ["arn:aws:lambda:us-east-1:123456789012:layer:tools:1"],
      vpcConfig: { subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] },
      tracingConfig: { mode: "Active" },
      environment: { variables: { STAGE: "prod", NODE_OPTIONS: "--enable-source-maps --no-warnings" } },
    });
    expect(app.permissions("fn").flatMap(({ actions }) => actions)).to.include("xray:PutTraceSegments");
    expect(app.component("Function", "fn").child("aws:cloudwatch/logGroup:LogGroup").inputs.retentionInDays).to.equal(
      30,
    );
  });

  it("may be known later at every level of a task's settings", async () => {
    const app = await record(() => {
      new Task("t", {
        image,
        memory: later(1024),
        cpu: later(512),
        architecture: later("arm64" as const),
        ephemeralStorage: later(30),
        timeout: later(60),
        command: later([later("true")]),
        environment: later({ B: later("2"), A: "1" }),
        secrets: later({ KEY: later("arn:aws:ssm:us-east-1:123456789012:parameter/key") }),
        network: {
          vpc: {
            vpcId: later("vpc-1"),
            publicSubnetIds: [later("subnet-1")],
            privateSubnetIds: later([later("subnet-2")]),
          },
          securityGroups: later([later("sg-1")]),
        },
      });
    });
    const { inputs } = app.component("Task", "t").child("aws:ecs/taskDefinition:TaskDefinition");
    expect(inputs).to.deep.include({
      cpu: "512",
      memory: "1024",
      runtimePlatform: { cpuArchitecture: "ARM64", operatingSystemFamily: "LINUX" },
      ephemeralStorage: { sizeInGib: 30 },
    });
    const [container] = JSON.parse(String(inputs.containerDefinitions)) as Record<string, unknown>[];
    expect(container).to.deep.include({
      command: ["true"],
      environment: [
        { name: "A", value: "1" },
        { name: "B", value: "2" },
      ],
      secrets: [{ name: "KEY", valueFrom: "arn:aws:ssm:us-east-1:123456789012:parameter/key" }],
    });
  });

  it("may be known later at every level of a bucket's, a queue's and an API's settings", async () => {
    const app = await record(() => {
      new Bucket("media", {
        cors: { origins: later(["https://a.example"]), methods: [later("GET" as const)], maxAge: later(60) },
        expiration: later(30),
        forceDestroy: later(true),
      });
      const alarm = { actions: later([later("arn:aws:sns:us-east-1:123456789012:ops")]), threshold: later(5) };
      new Queue("jobs", {
        delay: later(5),
        retention: later(600),
        visibilityTimeout: later(600),
        deadLetters: { retention: later(1200), alarm },
      }).onMessage("onJob", handler, { batchSize: later(5), batchWindow: later(1), concurrency: later(3) });
      new Api("web", {
        cors: { origins: [later("https://a.example")], credentials: later(false), maxAge: later(1) },
        throttle: { rate: later(5), burst: later(10) },
        accessLog: { retention: later(30) },
        authorizers: {
          users: { issuer: later("https://id.example"), audience: later([later("web")]), scopes: later(["read"]) },
        },
      }).get("/", handler, { auth: "users" });
    });
    const inputs = (type: string) =>
      app.resources.find((each) => each.type.endsWith(`:${type}`) && each.type.startsWith("aws:"))?.inputs;
    expect(inputs("Bucket")).to.include({ forceDestroy: true });
    expect(inputs("BucketCorsConfiguration")).to.have.nested.property("corsRules[0].maxAgeSeconds", 60);
    expect(inputs("MetricAlarm")).to.deep.include({
      threshold: 5,
      alarmActions: ["arn:aws:sns:us-east-1:123456789012:ops"],
    });
    expect(inputs("EventSourceMapping")).to.deep.include({ batchSize: 5, scalingConfig: { maximumConcurrency: 3 } });
    expect(inputs("Stage")).to.deep.include({
      defaultRouteSettings: { throttlingRateLimit: 5, throttlingBurstLimit: 10 },
    });
    expect(inputs("Authorizer")).to.have.nested.property("jwtConfiguration.audiences[0]", "web");
    expect(inputs("Route")).to.deep.include({ authorizationScopes: ["read"] });
  });
});

describe("retries", () => {
  const retried = (app: RecordedApp): string[] =>
    app.resources.filter(({ type }) => type.endsWith(":FunctionEventInvokeConfig")).map(({ name }) => name);

  it("are set for functions that events call, and left out where a caller waits for the result", async () => {
    const app = await record(() => {
      new Function("fn", handler);
      new Bucket("media").onPut("onPut", handler);
      new Queue("jobs").onMessage("onJob", handler);
      const users = { handler: async () => true };
      new Api("web", { authorizers: { users } }).get("/", handler, { auth: "users" });
    });
    expect(retried(app)).to.have.members(["fn-retries", "onPut-retries"]);
  });

  const wrong = {
    "a route": () => new Api("web").get("/", handler, { retries: 0 } as object),
    "an authorizer": () =>
      new Api("web", { authorizers: { users: { handler: async () => true, retries: 0 } as never } }),
    "a queue's handler": () => new Queue("jobs").onMessage("onJob", handler, {}, { retries: 0 } as object),
  };
  for (const [what, program] of Object.entries(wrong)) {
    it(`are refused for ${what}, which Lambda never tries again`, async () => {
      const { code, message } = await refusal(() => void program());
      expect(code).to.equal("ERR_ARGUMENT_UNKNOWN");
      expect(message).to.include("retries = 0").and.to.include("Lambda has for events only");
    });
  }
});

describe("a network without subnets", () => {
  const vpc = { vpcId: "vpc-1", publicSubnetIds: [], privateSubnetIds: ["subnet-2"] };
  const wrong = {
    "public ones of a task": () => new Task("t", { image, network: { vpc } }),
    "those that are known later": () =>
      new Task("t", { image, network: { vpc: { ...vpc, publicSubnetIds: later([] as string[]) } } }),
    "those of a function": () => new Function("fn", handler, { vpc: { subnetIds: [], securityGroupIds: ["sg-1"] } }),
  };
  for (const [what, program] of Object.entries(wrong)) {
    it(`is refused: ${what}`, async () => {
      const { code } = await refusal(() => void program());
      expect(code).to.be.oneOf(["ERR_TASK_NETWORK", "ERR_ARGUMENT_TYPE"]);
    });
  }
});

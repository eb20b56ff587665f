import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import * as sinon from "sinon";
import { Bucket, Function, TandemError, Task } from "../../components";
import { record } from "../../testing";
import { refusal } from "./refusal";

describe("Bucket", () => {
  it("is private, encrypted and answers over TLS only", async () => {
    const app = await record(() => void new Bucket("media"));
    const bucket = app.component("Bucket", "media");
    expect(bucket.children.map(({ type }) => type).sort()).to.deep.equal([
      "aws:s3/bucket:Bucket",
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      "aws:s3/bucketPolicy:BucketPolicy",
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    ]);
    expect(bucket.child("aws:s3/bucket:Bucket").inputs).to.deep.include({ forceDestroy: false });
    expect(bucket.child("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs).to.include({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    const policy = JSON.parse(String(bucket.child("aws:s3/bucketPolicy:BucketPolicy").inputs.policy)) as {
      Statement: object[];
    };
    expect(policy.Statement[0]).to.deep.include({
      Effect: "Deny",
      Principal: "*",
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    });
  });

  it("has versions, expiration, cors and tags when asked", async () => {
    const app = await record(
      () =>
        void new Bucket("media", {
          versioned: true,
          expiration: 30,
          cors: { origins: ["https://example.com"] },
          tags: { team: "video" },
        }),
    );
    const bucket = app.component("Bucket", "media");
    expect(bucket.child("aws:s3/bucketVersioning:BucketVersioning").inputs).to.deep.include({
      versioningConfiguration: { status: "Enabled" },
    });
    const lifecycle = bucket.child("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs;
    expect(lifecycle.rules).to.deep.include({
      id: "expiration",
      status: "Enabled",
      filter: {},
      expiration: { days: 30 },
      noncurrentVersionExpiration: { noncurrentDays: 30 },
    });
    expect(bucket.child("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration").inputs.corsRules).to.deep.equal([
      {
        allowedOrigins: ["https://example.com"],
        allowedMethods: ["GET"],
        allowedHeaders: ["*"],
        exposeHeaders: ["ETag"],
        maxAgeSeconds: 3600,
      },
    ]);
    expect(bucket.child("aws:s3/bucket:Bucket").inputs.tags).to.deep.equal({ team: "video" });
  });

  it("lets a transform change a child's arguments", async () => {
    const app = await record(
      () => void new Bucket("media", { transform: { bucket: (args) => ({ ...args, bucket: "chosen-name" }) } }),
    );
    expect(app.component("Bucket", "media").child("aws:s3/bucket:Bucket").inputs.bucket).to.equal("chosen-name");
  });

  it("hands events over only once the rule may call the function and send to the dead letters", async () => {
    const app = await record(() => void new Bucket("media").onPut("onVideo", async () => undefined));
    const target = app.component("Subscription", "onVideo").child("aws:cloudwatch/eventTarget:EventTarget");
    const first = target.options.dependsOn.map((urn) => urn.split("::").at(-1));
    expect(first).to.include.members(["onVideo-permission", "onVideo-dead-letter-policy"]);
  });

  it("takes aliases for a handler that is renamed, and says what a bucket that is imported loses", async () => {
    const imported: pulumi.ResourceTransformation = ({ type, props, opts }) =>
      type === "aws:s3/bucket:Bucket" ? { props, opts: { ...opts, import: "our-media" } } : undefined;
    const warn = sinon.stub(pulumi.log, "warn").resolves();
    try {
      const app = await record(() => {
        const media = new Bucket("media", {}, { transformations: [imported] });
        media.onPut("onClip", async () => undefined, {}, {}, { aliases: [{ name: "onVideo" }] });
      });
      const { aliases } = app.component("Subscription", "onClip").options;
      expect(aliases.map((urn) => urn.split("::").at(-1))).to.deep.equal(["onVideo"]);
      expect(warn.args.map(([message]) => message).join()).to.match(
        /"media" takes over "our-media": the policy, .* are replaced/,
      );
    } finally {
      warn.restore();
    }
  });

  it("sends each subscription's events through a rule of its own, with retries and dead letters", async () => {
    const app = await record(() => {
      const bucket = new Bucket("media");
      bucket.onPut("onVideo", async () => undefined, { keyPrefix: "in/", keySuffix: ".mp4" });
      bucket.onPut("onAny", async () => undefined);
      bucket.onDelete("onGone", async () => undefined, { keySuffix: "*".replace("*", ".tmp") });
    });
    const bucket = app.component("Bucket", "media");
    expect(bucket.child("aws:s3/bucketNotification:BucketNotification").inputs.eventbridge).to.equal(true);
    const pattern = (name: string): unknown =>
      JSON.parse(String(bucket.child("aws:cloudwatch/eventRule:EventRule", `${name}-rule`).inputs.eventPattern));
    const id = String((pattern("onAny") as { detail: { bucket: { name: string[] } } }).detail.bucket.name[0]);
    expect(id).to.match(/^media-[0-9a-f]{7}$/);
    expect(pattern("onVideo")).to.deep.equal({
      source: ["aws.s3"],
      "detail-type": ["Object Created"],
      detail: { bucket: { name: [id] }, object: { key: [{ wildcard: "in/*.mp4" }] } },
    });
    expect(pattern("onAny")).to.have.nested.property("detail.bucket").and.not.have.nested.property("detail.object");
    expect(pattern("onGone")).to.deep.include({ "detail-type": ["Object Deleted"] });

    const subscription = bucket.child("tandem:index:Subscription", "onVideo");
    const deadLetterArn = /^arn:aws:sqs:us-east-1:000000000000:onVideo-dead-letter-[0-9a-f]{7}$/;
    const target = subscription.child("aws:cloudwatch/eventTarget:EventTarget").inputs;
    expect(target.retryPolicy).to.deep.equal({ maximumEventAgeInSeconds: 86400, maximumRetryAttempts: 185 });
    expect((target.deadLetterConfig as { arn: string }).arn).to.match(deadLetterArn);
    const retries = subscription.child("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig").inputs;
    expect(retries.maximumRetryAttempts).to.equal(2);
    expect(retries).to.have.nested.property("destinationConfig.onFailure.destination").that.matches(deadLetterArn);
    const permission = subscription.child("aws:lambda/permission:Permission").inputs;
    expect(permission).to.include({ principal: "events.amazonaws.com", action: "lambda:InvokeFunction" });
    expect(permission.sourceArn).to.match(/:rule\/onVideo-rule-/);
  });

  it("grants a handler exactly the methods that it captures", async () => {
    const app = await record(() => {
      const bucket = new Bucket("media");
      const other = new Bucket("other");
      bucket.onPut("copy", async ({ key }) => {
        await other.put(key, await bucket.get(key));
      });
    });
    const granted = app.permissions("copy").filter(({ actions }) => actions.some((action) => action.startsWith("s3:")));
    expect(
      granted.map(({ actions, resources }) => ({ actions, resources: resources.map(withoutSuffix) })),
    ).to.deep.equal([
      { actions: ["s3:AbortMultipartUpload", "s3:PutObject"], resources: ["arn:aws:s3:::other/*"] },
      { actions: ["s3:GetObject"], resources: ["arn:aws:s3:::media/*"] },
    ]);
    const { environment } = app.component("aws:lambda/function:Function", "copy").inputs;
    expect(Object.keys((environment as { variables: object }).variables).sort()).to.deep.equal([
      "NODE_OPTIONS",
      "TANDEM_BUCKET_media",
      "TANDEM_BUCKET_other",
    ]);
  });

  it("grants what an address is signed for", async () => {
    const app = await record(() => {
      const bucket = new Bucket("media");
      new Function("read", async () => bucket.signedUrl("a", { method: "get", expires: 60 }));
      new Function("write", async () => bucket.signedUrl("a", { method: "put", expires: 60 }));
      const other = new Bucket("other");
      new Function("mixed", async () => [
        await other.get("b"),
        await bucket.signedUrl("a", { method: "put", expires: 60 }),
      ]);
      new Function("either", async ({ method }: { method: "get" | "put" }) =>
        bucket.signedUrl("a", { method, expires: 60 }),
      );
    });
    const actions = (name: string): string[] => app.permissions(name).flatMap((permission) => [...permission.actions]);
    expect(actions("read")).to.include("s3:GetObject").and.not.include("s3:PutObject");
    expect(actions("write")).to.include("s3:PutObject").and.not.include("s3:GetObject");
    expect(actions("either")).to.include.members(["s3:GetObject", "s3:PutObject"]);
    const reads = app.permissions("mixed").filter((permission) => permission.actions.includes("s3:GetObject"));
    expect(reads.flatMap(({ resources }) => resources.map(withoutSuffix))).to.deep.equal(["arn:aws:s3:::other/*"]);
  });

  it("narrows a grant to a prefix", async () => {
    const app = await record(() => {
      const bucket = new Bucket("media");
      new Function("read", "./test/components/function/resize.handler", {
        grants: [bucket.can("get", "list", { prefix: "public/" })],
      });
    });
    const granted = app.permissions("read");
    expect(granted.find(({ actions }) => actions.includes("s3:GetObject"))?.resources[0]).to.match(/\/public\/\*$/);
    expect(granted.find(({ actions }) => actions.includes("s3:ListBucket"))?.conditions).to.deep.equal({
      StringLike: { "s3:prefix": "public/*" },
    });
  });

  it("takes an existing bucket as it is", async () => {
    const app = await record(() => {
      const bucket = Bucket.fromName("legacy", "my-old-bucket");
      bucket.onPut("onNew", async ({ key }) => bucket.getText(key));
    });
    expect(app.component("Bucket", "legacy").children.map(({ type }) => type)).to.deep.equal([
      "tandem:index:Subscription",
    ]);
    expect(app.permissions("onNew").flatMap(({ resources }) => resources)).to.include("arn:aws:s3:::my-old-bucket/*");
  });

  it("knows an existing bucket in another partition of AWS by its ARN there", async () => {
    const asked: (string | undefined)[] = [];
    const app = await record(
      () => {
        const provider = new aws.Provider("government", { region: "us-gov-west-1" });
        const bucket = Bucket.fromName("legacy", "my-old-bucket", { provider });
        new Function("read", async () => bucket.getText("a.txt"));
      },
      {
        mocks: {
          call({ token, provider }) {
            asked.push(provider?.split("::").at(-2));
            return token.endsWith(":getPartition") ? { partition: "aws-us-gov" } : undefined;
          },
        },
      },
    );
    expect(app.permissions("read").flatMap(({ resources }) => resources)).to.include(
      "arn:aws-us-gov:s3:::my-old-bucket/*",
    );
    expect(asked).to.deep.equal(["government"]);
  });

  it("starts a Task with the event, where a Task is the handler", async () => {
    const app = await record(() => {
      const task = new Task("convert", { image: "alpine:3.22" });
      new Bucket("media").onPut("start", task, { keySuffix: ".mp4" });
    });
    const actions = app.permissions("start").flatMap((permission) => [...permission.actions]);
    expect(actions).to.include.members(["ecs:RunTask", "iam:PassRole"]);
  });

  it("packages its handlers in a preview too, in which names are not known yet", async () => {
    const program = (): void => {
      const bucket = new Bucket("media");
      bucket.onPut("put", async ({ key }) => bucket.getText(key), { keySuffix: ".txt" });
      bucket.onPut("embed", async () => bucket.id.get(), { keySuffix: ".md" });
    };
    const preview = await record(program, { preview: true });
    const code = (name: string): unknown => preview.component("aws:lambda/function:Function", name).inputs.code;
    // What a component's method needs comes from the environment; what the handler embeds itself waits for the value.
    expect(code("put")).to.be.an("object");
    expect(code("embed")).to.equal(undefined);
    const failing = await record(
      () => {
        const media = new Bucket("media");
        media.onPut("bad", async () => String(media));
      },
      { preview: true },
    ).catch((error: unknown) => error);
    expect((failing as TandemError).code).to.equal("ERR_CAPTURE_RESOURCE");
  });

  it("says that its methods work inside handlers only, where one is called while deploying", async () => {
    const error: unknown = await record(() => new Bucket("media").put("a", "b")).catch((thrown: unknown) => thrown);
    expect((error as Error).message).to.match(/^ERR_RUNTIME_ONLY: bucket\.put works inside handlers only/);
  });

  it("is refused on a platform that is not there", async () => {
    const error: unknown = await record(() => void new Bucket("media"), {
      config: { "tandem:platform": "azur" },
    }).catch((thrown: unknown) => thrown);
    expect((error as TandemError).code).to.equal("ERR_PLATFORM_UNSUPPORTED");
  });

  describe("refuses", () => {
    it("names that S3 does not take", async () => {
      for (const name of ["", "a_b", "-a", "a..b", "x".repeat(49), "xn--a"]) {
        const error = await refusal(() => new Bucket(name));
        expect(error.code, name).to.equal("ERR_NAME_INVALID");
      }
    });

    it("filters that can never match", async () => {
      const filters = [{ keySuffix: "*.mp4" }, { keyPrefix: "" }, { keyPrefix: "s3://media/" }, { keyPrefix: "/in" }];
      for (const filter of [...filters, { keyPrefix: "x".repeat(1025) }]) {
        const error = await refusal(() => new Bucket("media").onPut("onNew", async () => undefined, filter));
        expect(error.code, JSON.stringify(filter)).to.equal("ERR_BUCKET_FILTER");
      }
    });

    it("two subscriptions of one name", async () => {
      const error = await refusal(() => {
        const bucket = new Bucket("media");
        bucket.onPut("onNew", async () => undefined);
        bucket.onDelete("onNew", async () => undefined);
      });
      expect(error.code).to.equal("ERR_SUBSCRIPTION_DUPLICATE");
    });

    it("a handler that is none", async () => {
      for (const handler of [undefined, 42, "resize", class {}, {}]) {
        const error = await refusal(() => new Bucket("media").onPut("onNew", handler as never));
        expect(error.code, String(handler)).to.match(/^ERR_HANDLER_/);
      }
    });

    it("a handler that writes where it listens, itself or through a task", async () => {
      const direct = await refusal(() => {
        const bucket = new Bucket("media");
        bucket.onPut("echo", async ({ key }) => bucket.put(`${key}.copy`, "x"));
      });
      expect(direct.code).to.equal("ERR_BUCKET_LOOP");
      const through = await refusal(() => {
        const bucket = new Bucket("media");
        const task = new Task("convert", { image: "alpine:3.22", grants: [bucket.can("put")] });
        bucket.onPut("echo", async () => {
          await task.run();
        });
      });
      expect(through.code).to.equal("ERR_BUCKET_LOOP");
      expect(through.problems[0]?.got).to.include("convert.run");
    });

    it("nothing where a filter keeps the handler from calling itself", async () => {
      await record(() => {
        const bucket = new Bucket("media");
        bucket.onPut("echo", async ({ key }) => bucket.put(`out/${key}`, "x"), { keyPrefix: "in/" });
      });
    });

    it("every problem of one call at once", async () => {
      const error = await refusal(() =>
        new Bucket("media").onPut("on new", 42 as never, { keySuffix: "*" }, { memory: 1, timeout: 901 }),
      );
      expect(error.problems.map(({ code }) => code)).to.deep.equal([
        "ERR_NAME_INVALID",
        "ERR_HANDLER_TYPE",
        "ERR_BUCKET_FILTER",
        "ERR_ARGUMENT_RANGE",
        "ERR_ARGUMENT_RANGE",
      ]);
    });
  });
});

function withoutSuffix(arn: string): string {
  return arn.replace(/-[0-9a-f]{7}/, "");
}

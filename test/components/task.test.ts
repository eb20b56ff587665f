import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { Bucket, Function, Queue, Task } from "../../components";
import { fargateSize } from "../../components/task/fargate-size";
import { checkTaskArgs } from "../../components/task/task.args";
import { record, type RecordedNode } from "../../testing";
import { refusal } from "./refusal";

const folder = "./examples/video-thumbnailer/ffmpeg";

function container(task: RecordedNode): Record<string, unknown> {
  const definition = task.child("aws:ecs/taskDefinition:TaskDefinition").inputs;
  return (JSON.parse(String(definition.containerDefinitions)) as Record<string, unknown>[])[0] ?? {};
}

describe("Task", () => {
  it("builds a folder into a repository of its own and runs the image by its digest", async () => {
    const app = await record(() => void new Task("ffmpeg", { build: folder, memory: 1024 }));
    const task = app.component("Task", "ffmpeg");
    const image = task.child("docker-build:index:Image").inputs;
    expect(image).to.deep.include({
      context: { location: folder },
      push: true,
      platforms: ["linux/amd64"],
      buildOnPreview: false,
    });
    expect(container(task).image).to.match(/\/ffmpeg-repository-[0-9a-f]{7}:latest@sha256:[0-9a-f]{64}$/);
    const lifecycle = JSON.parse(String(task.child("aws:ecr/lifecyclePolicy:LifecyclePolicy").inputs.policy)) as object;
    expect(lifecycle).to.have.nested.property("rules[0].selection.countNumber", 10);
  });

  it("runs on Fargate without inbound rules, in the default VPC's public subnets", async () => {
    const app = await record(() => void new Task("ffmpeg", { build: folder, memory: 1024 }));
    const task = app.component("Task", "ffmpeg");
    expect(task.child("aws:ecs/taskDefinition:TaskDefinition").inputs).to.deep.include({
      cpu: "256",
      memory: "1024",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      runtimePlatform: { cpuArchitecture: "X86_64", operatingSystemFamily: "LINUX" },
    });
    const group = task.child("aws:ec2/securityGroup:SecurityGroup").inputs;
    expect(group).to.include({ vpcId: "vpc-0default" }).and.not.have.property("ingress");
    expect(container(task).logConfiguration).to.have.nested.property("options.awslogs-region", "us-east-1");
  });

  it("is known to AWS by its cluster's name, which no other stack has and which stays when the Task is renamed", async () => {
    const cluster = (args: object): object => ({ ...args, name: "clips-cluster-1a2b3c4" });
    const app = await record(() => {
      const ffmpeg = new Task("ffmpeg", { build: folder, transform: { cluster } });
      new Bucket("media").onPut("onVideo", () => ffmpeg.run());
    });
    const task = app.component("Task", "ffmpeg");
    expect(task.child("aws:ecs/taskDefinition:TaskDefinition").inputs.family).to.equal("clips-1a2b3c4");
    expect(container(task).name).to.equal("clips");
    const { environment } = app.component("aws:lambda/function:Function", "onVideo").inputs;
    const { TANDEM_TASK_ffmpeg: place } = (environment as { variables: Record<string, string> }).variables;
    expect(JSON.parse(place ?? "")).to.include({
      taskDefinition: "clips-1a2b3c4",
      container: "clips",
    });
  });

  it("may be run at its latest revision, so that a new image changes no permission", async () => {
    const app = await record(() => {
      const ffmpeg = new Task("ffmpeg", { build: folder });
      new Bucket("media").onPut("onVideo", () => ffmpeg.run());
    });
    const { options, inputs } = app.component("aws:lambda/function:Function", "onVideo");
    expect(JSON.stringify(inputs.environment)).not.to.match(/ffmpeg-[0-9a-f]{7}:1/);
    expect(options.dependsOn.join(" ")).to.include("ffmpeg-task");
    const runs = app.permissions("onVideo").filter(({ actions }) => actions.includes("ecs:RunTask"));
    expect(runs.flatMap(({ resources }) => resources).join()).to.match(/:task-definition\/ffmpeg-[0-9a-f]{7}:\*$/);
  });

  it("lets its container do what it is granted, and its start read its own image and logs", async () => {
    const app = await record(() => {
      const bucket = new Bucket("media");
      new Task("ffmpeg", { build: folder, grants: [bucket.can("get", "put")] });
    });
    expect(app.permissions("ffmpeg").map(({ actions }) => actions)).to.deep.equal([
      ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
    ]);
    const execution = app.permissions("ffmpeg-execution");
    expect(execution.flatMap(({ actions }) => actions)).to.deep.equal([
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:GetDownloadUrlForLayer",
      "ecr:GetAuthorizationToken",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
    ]);
    // GetAuthorizationToken is the one action that takes no resource.
    expect(execution.filter(({ resources }) => resources.includes("*")).map(({ actions }) => actions)).to.deep.equal([
      ["ecr:GetAuthorizationToken"],
    ]);
  });

  it("has no policy of its own where it is granted nothing", async () => {
    const app = await record(() => void new Task("alone", { build: folder }));
    expect(app.permissions("alone")).to.deep.equal([]);
  });

  it("lets a handler that captures run start it, pass its roles, and no more", async () => {
    const app = await record(() => {
      const task = new Task("ffmpeg", { build: folder });
      new Function("start", async () => (await task.run()).id);
      new Function("finish", async () => (await (await task.run()).wait()).exitCode);
    });
    const own = (name: string) => app.permissions(name).filter(({ actions }) => /^(ecs|iam):/.test(actions[0] ?? ""));
    expect(own("start").map(({ actions }) => actions)).to.deep.equal([["ecs:RunTask"], ["iam:PassRole"]]);
    expect(own("start")[0])
      .to.have.nested.property("conditions.ArnEquals.ecs:cluster")
      .that.matches(/:cluster\/ffmpeg-cluster-/);
    expect(own("start")[1]?.conditions).to.deep.equal({
      StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" },
    });
    expect(own("start")[1]?.resources).to.have.length(2);
    expect(own("finish").map(({ actions }) => actions)).to.deep.include(["ecs:DescribeTasks"]);
  });

  it("pins an existing image to its digest", async () => {
    const app = await record(() => {
      new Task("tagged", { image: "registry.example.com:5000/tools/convert:7" });
      new Task("pinned", { image: `alpine@sha256:${"0".repeat(64)}` });
    });
    expect(container(app.component("Task", "tagged")).image).to.match(
      /^registry\.example\.com:5000\/tools\/convert@tag:7$/,
    );
    expect(container(app.component("Task", "pinned")).image).to.equal(`alpine@sha256:${"0".repeat(64)}`);
  });

  it("reads an image from a private repository of any partition, and nothing else there", async () => {
    const registry = "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn";
    const app = await record(() => void new Task("convert", { image: `${registry}/tools/convert:7` }));
    const { policy } = app.component("Task", "convert").children.find(({ name }) => name === "convert-execution-policy")
      ?.inputs as { policy: string };
    expect(policy).to.include('"arn:aws-cn:ecr:cn-north-1:123456789012:repository/tools/convert"');
  });

  it("runs in private subnets of one VPC a stack, with a single NAT gateway, when asked", async () => {
    const app = await record(() => {
      new Task("one", { image: "alpine:3.22", network: { private: true } });
      new Task("two", { image: "alpine:3.22", network: { private: true } });
    });
    const vpcs = app.resources.filter(({ type }) => type === "awsx:ec2:Vpc");
    expect(vpcs.map(({ inputs }) => inputs.natGateways)).to.deep.equal([{ strategy: "Single" }]);
  });

  it("runs in private subnets of a VPC of its own region, where it has a provider", async () => {
    const app = await record(() => {
      const image = "alpine:3.22";
      const [frankfurt, ohio] = ["eu-central-1", "us-east-2"].map(
        (region) => new aws.Provider(region, { region: region as aws.Region }),
      );
      new Task("one", { image, network: { private: true } });
      [frankfurt, ohio, frankfurt].forEach(
        (provider, at) => new Task(`task-${at}`, { image, network: { private: true } }, { provider }),
      );
    });
    const vpcs = app.resources.filter(({ type }) => type === "awsx:ec2:Vpc");
    expect(vpcs.map(({ name }) => name)).to.deep.equal(["tandem", "tandem-eu-central-1", "tandem-us-east-2"]);
    const groups = app.resources.filter(({ type }) => type === "aws:ec2/securityGroup:SecurityGroup");
    expect(groups.map(({ options }) => options.provider.split("::").at(-2) ?? "")).to.have.members([
      ...["", "eu-central-1", "us-east-2", "eu-central-1"],
    ]);
  });

  it("asks the provider that it has", async () => {
    const asked: (string | undefined)[] = [];
    await record(
      () => {
        const provider = new aws.Provider("frankfurt", { region: "eu-central-1" });
        new Task("built", { build: folder }, { providers: [provider] });
        Queue.fromUrl("jobs", "https://example.com/123456789012/jobs", { providers: [provider] });
      },
      { mocks: { call: (args) => void asked.push(`${args.token} ${args.provider?.split("::").at(-2)}`) } },
    );
    expect(asked.sort()).to.deep.equal([
      "aws:ec2/getSubnets:getSubnets frankfurt",
      "aws:ec2/getVpc:getVpc frankfurt",
      "aws:ecr/getAuthorizationToken:getAuthorizationToken frankfurt",
      "aws:index/getRegion:getRegion frankfurt",
    ]);
  });

  it("asks for a public address in public subnets, and for none in private ones", async () => {
    const app = await record(() => {
      const open = new Task("open", { image: "alpine:3.22" });
      const closed = new Task("closed", { image: "alpine:3.22", network: { private: true } });
      const vpc = { vpcId: "vpc-1", publicSubnetIds: ["subnet-public"], privateSubnetIds: ["subnet-private"] };
      const given = new Task("given", {
        image: "alpine:3.22",
        network: { vpc, private: true, securityGroups: ["sg-1"] },
      });
      new Function("start", async () => [await open.run(), await closed.run(), await given.run()].length);
    });
    const { environment } = app.component("aws:lambda/function:Function", "start").inputs;
    const { variables } = environment as { variables: Record<string, string> };
    const place = (name: string) => JSON.parse(variables[`TANDEM_TASK_${name}`] ?? "{}") as Record<string, unknown>;
    expect(place("open").assignPublicIp).to.equal("ENABLED");
    expect(place("closed").assignPublicIp).to.equal("DISABLED");
    expect(place("given")).to.deep.include({
      subnets: ["subnet-private"],
      securityGroups: ["sg-1"],
      assignPublicIp: "DISABLED",
    });
  });

  it("reads secrets when it starts, each by its own ARN", async () => {
    const secret = "arn:aws:secretsmanager:us-east-1:000000000000:secret:token-AbCdEf";
    const parameter = "arn:aws:ssm:us-east-1:000000000000:parameter/key";
    const app = await record(
      () =>
        void new Task("reader", {
          image: "alpine:3.22",
          secrets: { TOKEN: secret, KEY: parameter },
          environment: { B: "2", A: "1" },
        }),
    );
    const task = container(app.component("Task", "reader"));
    expect(task.secrets).to.deep.equal([
      { name: "KEY", valueFrom: parameter },
      { name: "TOKEN", valueFrom: secret },
    ]);
    expect(task.environment).to.deep.equal([
      { name: "A", value: "1" },
      { name: "B", value: "2" },
    ]);
    const granted = app.permissions("reader-execution");
    expect(granted).to.deep.include({ actions: ["secretsmanager:GetSecretValue"], resources: [secret] });
    expect(granted).to.deep.include({ actions: ["ssm:GetParameters"], resources: [parameter] });
  });

  it("may read a secret of which it takes one key", async () => {
    const secret = "arn:aws:secretsmanager:us-east-1:000000000000:secret:database-AbCdEf";
    const valueFrom = `${secret}:password::`;
    const app = await record(() => void new Task("reader", { image: "alpine:3.22", secrets: { PASSWORD: valueFrom } }));
    expect(container(app.component("Task", "reader")).secrets).to.deep.equal([{ name: "PASSWORD", valueFrom }]);
    const read = { actions: ["secretsmanager:GetSecretValue"], resources: [secret] };
    expect(app.permissions("reader-execution")).to.deep.include(read);
  });

  it("can have a timeout, and run on spare capacity", async () => {
    const app = await record(() => {
      const task = new Task("slow", { image: "alpine:3.22", timeout: 600, spot: true });
      new Function("start", async () => (await task.run()).id);
    });
    const actions = app.permissions("start").flatMap((permission) => permission.actions);
    expect(actions).to.include("scheduler:CreateSchedule");
    expect(app.permissions("slow-timeout").map((permission) => permission.actions)).to.deep.equal([["ecs:StopTask"]]);
    const providers = app.component("Task", "slow").child("aws:ecs/clusterCapacityProviders:ClusterCapacityProviders");
    expect(providers.inputs.capacityProviders).to.deep.equal(["FARGATE_SPOT"]);
  });

  it("listens for the end of its runs", async () => {
    const app = await record(
      () => void new Task("ffmpeg", { build: folder }).onExit("onDone", async ({ exitCode }) => exitCode),
    );
    const pattern = JSON.parse(
      String(app.component("Task", "ffmpeg").child("aws:cloudwatch/eventRule:EventRule").inputs.eventPattern),
    ) as object;
    expect(pattern).to.deep.include({ source: ["aws.ecs"], "detail-type": ["ECS Task State Change"] });
    expect(pattern).to.have.nested.property("detail.lastStatus").that.deep.equals(["STOPPED"]);
  });

  describe("refuses", () => {
    const cases: [what: string, args: object, code: string][] = [
      ["neither build nor image", {}, "ERR_TASK_SOURCE"],
      ["both build and image", { build: folder, image: "alpine" }, "ERR_TASK_SOURCE"],
      ["a build folder that is not there", { build: "./nowhere" }, "ERR_TASK_BUILD"],
      ["a folder without a Dockerfile", { build: "./test/components" }, "ERR_TASK_BUILD"],
      ["a Dockerfile that is not there", { build: { context: folder, dockerfile: "No" } }, "ERR_TASK_BUILD"],
      ["more memory than Fargate has", { image: "a", memory: 200_000 }, "ERR_ARGUMENT_RANGE"],
      ["a timeout of nothing", { image: "a", timeout: 0 }, "ERR_ARGUMENT_RANGE"],
      ["too little disk", { image: "a", ephemeralStorage: 5 }, "ERR_ARGUMENT_RANGE"],
      ["a number as an environment variable", { image: "a", environment: { A: 1 } }, "ERR_ENVIRONMENT_NAME"],
      ["a command that is one text", { image: "a", command: "node main.js" }, "ERR_ARGUMENT_TYPE"],
      ["an image that is no name", { image: "my image" }, "ERR_ARGUMENT_TYPE"],
      ["an image that is an address", { image: "https://example.com/image" }, "ERR_ARGUMENT_TYPE"],
      ["a misspelt network setting", { image: "a", network: { privat: true } }, "ERR_ARGUMENT_UNKNOWN"],
      ["a network that is private by a word", { image: "a", network: { private: "yes" } }, "ERR_ARGUMENT_RANGE"],
      ["a network that is a word", { image: "a", network: "private" }, "ERR_ARGUMENT_TYPE"],
      ["a subnet for a VPC", { image: "a", network: { vpc: "subnet-0123" } }, "ERR_ARGUMENT_TYPE"],
      ["a VPC without public subnets", { image: "a", network: { vpc: { vpcId: "vpc-1" } } }, "ERR_ARGUMENT_TYPE"],
      [
        "a VPC without private subnets",
        { image: "a", network: { private: true, vpc: { vpcId: "vpc-1", publicSubnetIds: ["subnet-1"] } } },
        "ERR_ARGUMENT_TYPE",
      ],
      ["a security group by its name", { image: "a", network: { securityGroups: ["web"] } }, "ERR_ARGUMENT_TYPE"],
    ];
    for (const [what, args, code] of cases) {
      it(what, async () => {
        expect((await refusal(() => new Task("task", args as never))).code).to.equal(code);
      });
    }
  });
});

describe("an image of a task", () => {
  const digest = `sha256:${"0".repeat(64)}`;
  for (const image of [
    "alpine",
    "alpine:3.22",
    `alpine@${digest}`,
    `alpine:3.22@${digest}`,
    "localhost:5000/a/b_c:v1",
  ]) {
    it(`may be called ${image.replace(digest, "sha256:…")}`, () => {
      expect(checkTaskArgs("a task", { image })).to.be.empty;
    });
  }
});

describe("a Fargate size", () => {
  it("is the smallest that has at least what was asked for", () => {
    expect(fargateSize({ cpu: 256, memory: 512 })).to.deep.equal({ cpu: 256, memory: 512 });
    expect(fargateSize({ cpu: 300, memory: 600 })).to.deep.equal({ cpu: 512, memory: 1024 });
    expect(fargateSize({ cpu: 256, memory: 3000 })).to.deep.equal({ cpu: 512, memory: 3072 });
    expect(fargateSize({ cpu: 8192, memory: 1 })).to.deep.equal({ cpu: 8192, memory: 16384 });
    expect(fargateSize({ cpu: 16384, memory: 122_881 })).to.equal(undefined);
  });
});

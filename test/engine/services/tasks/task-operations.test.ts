import {
  DescribeClustersCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
  RunTaskCommand,
  StopTaskCommand,
  TagResourceCommand,
  type RunTaskCommandInput,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { AwsError } from "../../../../engine/services/protocol/message";
import type { Permission } from "../../../../engine/services/protocol/operation";
import { WireServer } from "../wire-server";
import { clusterArn, TaskFixture } from "./task-fixture";

describe("ECS's API", () => {
  const asked: { operation: string; permissions: readonly Permission[] }[] = [];
  const taskArn = (id: string) => `arn:aws:ecs:us-east-1:000000000000:task/main/${id}`;
  const context = { "ecs:cluster": clusterArn };
  let denied = false;
  let fixture: TaskFixture;
  let wire: WireServer;
  let ecs: ECSClient;

  before(async () => {
    fixture = new TaskFixture({
      authorize: (_request, operation, permissions) => {
        asked.push({ operation, permissions });
        if (denied) throw new AwsError("AccessDeniedException", "not authorized", 403);
      },
    });
    wire = new WireServer(fixture.tasks);
    ecs = new ECSClient({ ...(await wire.listen()), maxAttempts: 1 });
    fixture.define({ Dockerfile: `FROM debian\nCMD echo "$GREETING"`, "run.sh": "" });
  });
  afterEach(() => fixture.ended());
  after(async () => {
    ecs.destroy();
    wire.close();
    await fixture.close();
  });

  const runTask = (input: Partial<RunTaskCommandInput> = {}) =>
    ecs.send(new RunTaskCommand({ cluster: clusterArn, taskDefinition: "work", ...input }));
  const caught = (promise: Promise<unknown>) =>
    promise.then(
      () => expect.fail("it succeeded"),
      (error: Error) => error,
    );

  it("runs a task with overrides, and describes it from its start to its end", async () => {
    const { tasks, failures } = await runTask({
      launchType: "FARGATE",
      networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"] } },
      overrides: {
        containerOverrides: [
          {
            name: "main",
            command: ["/bin/sh", "-c", "echo $0 $GREETING"],
            environment: [{ name: "GREETING", value: "hi" }],
          },
        ],
        memory: "1024",
      },
    });
    expect(failures).to.deep.equal([]);
    const arn = tasks?.[0]?.taskArn ?? "";
    expect(tasks?.[0]).to.include({ lastStatus: "PROVISIONING", desiredStatus: "RUNNING", memory: "1024", cpu: "256" });
    await fixture.ended();
    expect(fixture.lines.at(-1)).to.equal("/bin/sh hi");
    const described = await ecs.send(new DescribeTasksCommand({ cluster: "main", tasks: [arn] }));
    expect(described.failures).to.deep.equal([]);
    expect(described.tasks?.[0]).to.deep.include({
      lastStatus: "STOPPED",
      stopCode: "EssentialContainerExited",
      stoppedAt: new Date(Math.floor(fixture.clock.now())),
    });
    expect(described.tasks?.[0]?.containers?.[0]).to.include({ name: "main", exitCode: 0, lastStatus: "STOPPED" });
  });

  it("asks for the permissions that ECS asks for", async () => {
    const { tasks } = await runTask();
    expect(asked.at(-1)).to.deep.equal({
      operation: "RunTask",
      permissions: [
        { action: "ecs:RunTask", resource: "arn:aws:ecs:us-east-1:000000000000:task-definition/work:1", context },
        ...["work", "work-execution"].map((role) => ({
          action: "iam:PassRole",
          resource: `arn:aws:iam::000000000000:role/${role}`,
          context: { "iam:PassedToService": "ecs-tasks.amazonaws.com" },
        })),
      ],
    });
    const id = tasks?.[0]?.taskArn?.split("/").at(-1) ?? "";
    for (const [action, command] of [
      ["ecs:DescribeTasks", new DescribeTasksCommand({ cluster: "main", tasks: [id] })],
      ["ecs:StopTask", new StopTaskCommand({ cluster: "main", task: id })],
    ] as const) {
      await ecs.send(command as DescribeTasksCommand);
      expect(asked.at(-1)?.permissions).to.deep.equal([{ action, resource: taskArn(id), context }]);
    }
  });

  it("starts nothing for a caller who may not", async () => {
    denied = true;
    const before = fixture.tasks.list().length;
    expect(await caught(runTask())).to.include({ name: "AccessDeniedException" });
    denied = false;
    expect(fixture.tasks.list()).to.have.length(before);
  });

  it("runs several at once, and lists them", async () => {
    const { tasks } = await runTask({ count: 3, startedBy: "me" });
    expect(tasks).to.have.length(3);
    const list = { cluster: "main", startedBy: "me" };
    expect((await ecs.send(new ListTasksCommand({ ...list, family: "other" }))).taskArns).to.deep.equal([]);
    await fixture.ended();
    expect((await ecs.send(new ListTasksCommand(list))).taskArns).to.deep.equal([]);
    const page = await ecs.send(new ListTasksCommand({ ...list, desiredStatus: "STOPPED", maxResults: 2 }));
    const { nextToken } = page;
    const rest = await ecs.send(new ListTasksCommand({ ...list, desiredStatus: "STOPPED", nextToken }));
    expect([...(page.taskArns ?? []), ...(rest.taskArns ?? [])]).to.deep.equal(tasks?.map(({ taskArn: arn }) => arn));
    expect(rest.nextToken).to.equal(undefined);
  });

  it("reports tasks that it does not know as missing", async () => {
    const { tasks, failures } = await ecs.send(new DescribeTasksCommand({ cluster: "main", tasks: ["0123"] }));
    expect(tasks).to.deep.equal([]);
    expect(failures).to.deep.equal([{ arn: taskArn("0123"), reason: "MISSING" }]);
  });

  it("stops a task", async () => {
    const { tasks } = await runTask({
      overrides: { containerOverrides: [{ name: "main", command: ["unused"] }] },
    });
    const task = tasks?.[0]?.taskArn ?? "";
    const stopped = await ecs.send(new StopTaskCommand({ cluster: "main", task, reason: "enough" }));
    expect(stopped.task).to.include({ desiredStatus: "STOPPED", stoppedReason: "enough" });
  });

  it("describes clusters and task definitions", async () => {
    const { clusters, failures } = await ecs.send(new DescribeClustersCommand({ clusters: ["main", "other"] }));
    expect(clusters?.[0]).to.include({ clusterArn, clusterName: "main", status: "ACTIVE", runningTasksCount: 0 });
    expect(failures).to.deep.equal([{ arn: clusterArn.replace("main", "other"), reason: "MISSING" }]);
    const { taskDefinition } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: "work:1" }));
    expect(taskDefinition).to.include({ family: "work", revision: 1, memory: "512" });
    expect((await ecs.send(new ListTaskDefinitionsCommand({}))).taskDefinitionArns).to.have.length(1);
  });

  for (const [what, name, message, send] of [
    ["an unknown cluster", "ClusterNotFoundException", /^Cluster not found/, () => runTask({ cluster: "other" })],
    ["an unknown definition", "ClientException", /^TaskDefinition not found/, () => runTask({ taskDefinition: "x" })],
    ["too many at once", "InvalidParameterException", /at most 10/, () => runTask({ count: 11 })],
    [
      "an unknown container",
      "InvalidParameterException",
      /Override for container named x is not a container/,
      () => runTask({ overrides: { containerOverrides: [{ name: "x" }] } }),
    ],
    [
      "overrides that are too long",
      "InvalidParameterException",
      /at most 8192/,
      () =>
        runTask({
          overrides: { containerOverrides: [{ name: "main", environment: [{ name: "A", value: "a".repeat(8192) }] }] },
        }),
    ],
    [
      "a launch type with a capacity provider",
      "InvalidParameterException",
      /both a launch type and capacity provider/,
      () => runTask({ launchType: "FARGATE", capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT" }] }),
    ],
    ["an EC2 launch type", "InvalidParameterException", /No Container Instances/, () => runTask({ launchType: "EC2" })],
    [
      "stopping what it does not know",
      "InvalidParameterException",
      /referenced task was not found/,
      () => ecs.send(new StopTaskCommand({ cluster: "main", task: "0123" })),
    ],
    [
      "an operation that is not run here",
      "UnknownOperationException",
      /TagResource is not run here/,
      () => ecs.send(new TagResourceCommand({ resourceArn: clusterArn, tags: [] })),
    ],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const error = await caught(send());
      expect(error.name).to.equal(name);
      expect(error.message).to.match(message);
    });
  }
});

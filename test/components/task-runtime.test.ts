import { expect } from "chai";
import { createServer, type Server } from "node:http";
import { run, state } from "../../components/task/task.runtime";

/** What the task is told of its place by its function's environment. */
const place = {
  cluster: "arn:aws:ecs:us-east-1:000000000000:cluster/convert-cluster",
  taskDefinition: "arn:aws:ecs:us-east-1:000000000000:task-definition/convert:1",
  container: "convert",
  subnets: ["subnet-1"],
  securityGroups: ["sg-1"],
  assignPublicIp: "ENABLED",
  logGroup: "convert-logs",
  spot: false,
};
const taskArn = "arn:aws:ecs:us-east-1:000000000000:task/convert-cluster/0123456789abcdef";

describe("task.run", () => {
  let server: Server;
  let requests: { target: string; body: Record<string, unknown> }[];
  let answers: Record<string, object>;
  let refusesSchedules = false;
  const before = { ...process.env };

  beforeEach(async () => {
    requests = [];
    answers = { RunTask: { tasks: [{ taskArn }], failures: [] } };
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const target = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
        requests.push({ target, body: JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown> });
        if (refusesSchedules && request.url?.startsWith("/schedules/") === true) {
          response.writeHead(400, { "x-amzn-errortype": "ValidationException" });
          return response.end(JSON.stringify({ Message: "no schedules today" }));
        }
        return response.end(JSON.stringify(answers[target] ?? {}));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "secret",
      TANDEM_TASK_convert: JSON.stringify(place),
    });
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    process.env = { ...before };
  });

  // The client is kept between calls, and with it the address: one test, as one function would call it.
  it("passes each variable once, keeps empty ones, tells how it stands, waits for the end, stops, and says why nothing started", async () => {
    const started = await run("TANDEM_TASK_convert", {
      environment: { KEY: "a.mp4", EMPTY: "" },
      command: ["go"],
      memory: 2048,
    });
    expect(started.id).to.equal("0123456789abcdef");
    expect(requests[0]?.body).to.deep.include({
      cluster: place.cluster,
      launchType: "FARGATE",
      networkConfiguration: {
        awsvpcConfiguration: { subnets: ["subnet-1"], securityGroups: ["sg-1"], assignPublicIp: "ENABLED" },
      },
      overrides: {
        containerOverrides: [
          {
            name: "convert",
            environment: [
              { name: "KEY", value: "a.mp4" },
              { name: "EMPTY", value: "" },
            ],
            command: ["go"],
          },
        ],
        memory: "2048",
      },
    });

    answers.DescribeTasks = {
      tasks: [{ lastStatus: "STOPPED", stoppedReason: "done", containers: [{ exitCode: 3 }] }],
    };
    answers.GetLogEvents = { events: [{ message: "one" }, { message: "two" }] };
    expect(await started.wait()).to.deep.equal({ exitCode: 3, reason: "done", log: "one\ntwo" });
    const stands = async (task?: object) => {
      answers.DescribeTasks = { tasks: task === undefined ? [] : [task] };
      return state("TANDEM_TASK_convert", started.id);
    };
    expect(await stands({ lastStatus: "PENDING" })).to.deep.equal({ status: "starting" });
    expect(await stands({ lastStatus: "RUNNING" })).to.deep.equal({ status: "running" });
    const ended = { lastStatus: "STOPPED", stoppedReason: "done", containers: [{ exitCode: 0 }] };
    expect(await stands(ended)).to.deep.equal({ status: "stopped", exitCode: 0, reason: "done" });
    expect(await stands()).to.equal(undefined);
    expect(requests.at(-1)?.body).to.deep.include({ tasks: [started.id] });
    await started.stop("enough");
    expect(requests.at(-1)).to.deep.include({ target: "StopTask" });

    const rejection = async (options: object): Promise<string> =>
      run("TANDEM_TASK_convert", options).then(
        () => "",
        (error: unknown) => (error as Error).message,
      );
    expect(await rejection({ environment: { BIG: "x".repeat(9000) } })).to.match(/more than the 8192 that ECS takes/);
    const count = requests.length;
    expect(await rejection({ timeout: 5 })).to.match(/set timeout on the Task/);
    expect(requests).to.have.length(count);
    process.env.TANDEM_TASK_convert = JSON.stringify({
      ...place,
      timeout: { seconds: 60, role: "r", prefix: "convert-" },
    });
    // What stands here for the scheduler answers no CreateSchedule: the run does not go on without its end.
    refusesSchedules = true;
    answers.RunTask = { tasks: [{ taskArn: taskArn.replace("arn:aws:", "arn:aws-us-gov:") }], failures: [] };
    expect(await rejection({})).to.match(/no schedules today/);
    expect(requests.at(-2)?.body.Target).to.include({ Arn: "arn:aws-us-gov:scheduler:::aws-sdk:ecs:stopTask" });
    expect(requests.at(-1)).to.deep.include({ target: "StopTask" });
    process.env.TANDEM_TASK_convert = JSON.stringify(place);
    answers.RunTask = { tasks: [], failures: [{ reason: "RESOURCE:MEMORY", detail: "none left" }] };
    expect(await rejection({})).to.equal("the task did not start: RESOURCE:MEMORY: none left");
  });

  it("is refused outside handlers", async () => {
    const error: unknown = await run("TANDEM_TASK_other").catch((thrown: unknown) => thrown);
    expect((error as Error).message).to.match(/^ERR_RUNTIME_ONLY/);
  });
});

import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
  type CreateScheduleCommandInput,
} from "@aws-sdk/client-scheduler";
import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import sinon from "sinon";
import { localAccount } from "../../../../engine/services/account";
import { Activity } from "../../../../engine/services/activity";
import { openDatabase } from "../../../../engine/services/database";
import { EngineEvents } from "../../../../engine/services/engine-events";
import { AwsError } from "../../../../engine/services/protocol/message";
import type { Permission } from "../../../../engine/services/protocol/operation";
import { SchedulerService } from "../../../../engine/services/scheduler/scheduler-service";
import { FakeClock } from "../../../../testing/fake-clock";
import { WireServer } from "../wire-server";

const target = "arn:aws:scheduler:::aws-sdk:ecs:stopTask";
const roleArn = "arn:aws:iam::000000000000:role/timeout";

describe("EventBridge Scheduler", () => {
  const asked: (readonly Permission[])[] = [];
  const stop = sinon.stub();
  const tasks = { stop, taskArn: (task: string, cluster?: string) => `${cluster ?? "default"}/${task}` };
  let folder: string;
  let clock: FakeClock;
  let service: SchedulerService;
  let wire: WireServer;
  let scheduler: SchedulerClient;

  const open = async (): Promise<void> => {
    const database = openDatabase(path.join(folder, "stack.sqlite"));
    service = new SchedulerService({
      ...{ database, clock, tasks, account: localAccount, activity: new Activity() },
      events: new EngineEvents(() => clock.now()),
      authorize: (_request, _operation, permissions) => void asked.push(permissions),
    });
    service.start();
    wire = new WireServer(service);
    scheduler = new SchedulerClient({ ...(await wire.listen()), maxAttempts: 1 });
  };
  const close = (): void => {
    scheduler.destroy();
    wire.close();
    service.close();
  };
  beforeEach(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-scheduler-"));
    clock = new FakeClock();
    stop.reset();
    await open();
  });
  afterEach(() => {
    close();
    fs.rmSync(folder, { recursive: true });
  });

  const at = (seconds: number) => `at(${new Date(clock.now() + seconds * 1000).toISOString().slice(0, 19)})`;
  const create = (changes: Partial<CreateScheduleCommandInput> = {}, input: object = {}) =>
    scheduler.send(
      new CreateScheduleCommand({
        Name: "work-1",
        ScheduleExpression: at(60),
        FlexibleTimeWindow: { Mode: "OFF" },
        ActionAfterCompletion: "DELETE",
        Target: { Arn: target, RoleArn: roleArn, Input: JSON.stringify({ Cluster: "main", Task: "1", ...input }) },
        ...changes,
      }),
    );
  const names = async () => (await scheduler.send(new ListSchedulesCommand())).Schedules?.map(({ Name }) => Name);
  const caught = (promise: Promise<unknown>) =>
    promise.then(
      () => expect.fail("it succeeded"),
      (error: Error) => error,
    );

  it("stops a task at its time, and deletes the schedule", async () => {
    const { ScheduleArn } = await create({}, { Reason: "timed out" });
    expect(ScheduleArn).to.equal("arn:aws:scheduler:us-east-1:000000000000:schedule/default/work-1");
    await clock.tick(59_000);
    expect(stop.callCount).to.equal(0);
    await clock.tick(1000);
    expect(stop.args).to.deep.equal([["main/1", "timed out"]]);
    expect(await names()).to.deep.equal([]);
  });

  it("keeps a schedule that is not to be deleted, and does not run it again", async () => {
    await create({ ActionAfterCompletion: "NONE" });
    await clock.tick(60_000);
    close();
    await open();
    await clock.tick(60_000);
    expect(stop.callCount).to.equal(1);
    expect(await names()).to.deep.equal(["work-1"]);
  });

  it("asks for the permission to make it and to hand its role over", async () => {
    await create();
    expect(asked.at(-1)).to.deep.equal([
      {
        action: "scheduler:CreateSchedule",
        resource: "arn:aws:scheduler:us-east-1:000000000000:schedule/default/work-1",
      },
      { action: "iam:PassRole", resource: roleArn, context: { "iam:PassedToService": "scheduler.amazonaws.com" } },
    ]);
  });

  it("survives a restart, and runs at once what came due meanwhile", async () => {
    await create();
    await create({ Name: "work-2", ScheduleExpression: at(600) }, { Task: "2" });
    close();
    await clock.tick(61_000);
    expect(stop.callCount).to.equal(0);
    await open();
    await clock.tick(0);
    expect(stop.args.map(([arn]) => arn as string)).to.deep.equal(["main/1"]);
    await clock.tick(540_000);
    expect(stop.args.map(([arn]) => arn as string)).to.deep.equal(["main/1", "main/2"]);
  });

  it("is no matter when the task is gone", async () => {
    stop.throws(new AwsError("InvalidParameterException", "The referenced task was not found."));
    await create();
    await clock.tick(60_000);
    expect(await names()).to.deep.equal([]);
  });

  it("shows, lists and deletes schedules", async () => {
    await create({ ScheduleExpressionTimezone: "Europe/Berlin", Description: "stops it", State: "DISABLED" });
    const shown = await scheduler.send(new GetScheduleCommand({ Name: "work-1" }));
    expect(shown).to.deep.include({
      State: "DISABLED",
      ScheduleExpressionTimezone: "Europe/Berlin",
      Description: "stops it",
    });
    expect(shown.CreationDate?.getTime()).to.equal(clock.now());
    expect(shown.Target).to.include({ Arn: target, RoleArn: roleArn });
    await create({ Name: "other" });
    const page = await scheduler.send(new ListSchedulesCommand({ MaxResults: 1 }));
    expect([page.Schedules?.length, page.NextToken]).to.deep.equal([1, "other"]);
    await scheduler.send(new DeleteScheduleCommand({ Name: "other" }));
    await clock.tick(60_000);
    expect(stop.callCount).to.equal(0);
    expect(await names()).to.deep.equal(["work-1"]);
  });

  it("reads the time in the schedule's zone", async () => {
    const local = new Date(clock.now() + 60_000).toLocaleString("sv-SE", { timeZone: "Asia/Tokyo" }).replace(" ", "T");
    await create({ ScheduleExpression: `at(${local})`, ScheduleExpressionTimezone: "Asia/Tokyo" });
    await clock.tick(60_000);
    expect(stop.callCount).to.equal(1);
  });

  for (const [what, name, message, changes] of [
    ["rates", "ValidationException", /rate\(1 minute\) is not supported/, { ScheduleExpression: "rate(1 minute)" }],
    ["crons", "ValidationException", /is not supported/, { ScheduleExpression: "cron(0 0 * * ? *)" }],
    [
      "a wrong time",
      "ValidationException",
      /Invalid Schedule Expression/,
      { ScheduleExpression: "at(2026-13-01T00:00:00)" },
    ],
    ["a wrong zone", "ValidationException", /timezone Mars is not valid/, { ScheduleExpressionTimezone: "Mars" }],
    [
      "other targets",
      "ValidationException",
      /The target arn:aws:lambda:x is not supported/,
      { Target: { Arn: "arn:aws:lambda:x", RoleArn: roleArn } },
    ],
    ["a flexible window", "ValidationException", /flexible/, { FlexibleTimeWindow: { Mode: "FLEXIBLE" as const } }],
    ["other groups", "ResourceNotFoundException", /Schedule group x does not exist/, { GroupName: "x" }],
  ] as const)
    it(`refuses ${what}`, async () => {
      const error = await caught(create(changes as Partial<CreateScheduleCommandInput>));
      expect(error.name).to.equal(name);
      expect(error.message).to.match(message);
      expect(await names()).to.deep.equal([]);
    });

  it("refuses a name that is taken, one that it does not know, and what it does not run", async () => {
    await create();
    expect(await caught(create())).to.include({ name: "ConflictException" });
    expect(await caught(scheduler.send(new GetScheduleCommand({ Name: "x" })))).to.include({
      name: "ResourceNotFoundException",
    });
    const update = { Name: "work-1", ScheduleExpression: at(1), FlexibleTimeWindow: { Mode: "OFF" as const } };
    const error = await caught(
      scheduler.send(new UpdateScheduleCommand({ ...update, Target: { Arn: target, RoleArn: roleArn } })),
    );
    expect(error.name).to.equal("UnknownOperationException");
  });
});

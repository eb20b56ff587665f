import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  ListLogGroupsCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
  StartQueryCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { expect } from "chai";
import { localAccount } from "../../../../engine/services/account";
import { EngineEvents, type TimedEngineEvent } from "../../../../engine/services/engine-events";
import { LogService } from "../../../../engine/services/logs/log-service";
import type { Permission } from "../../../../engine/services/protocol/operation";
import { FakeClock } from "../../../../testing/fake-clock";
import { WireServer } from "../wire-server";

const day = 86_400_000;
const group = "/aws/lambda/resize";

describe("LogService", () => {
  let folder: string;
  let clock: FakeClock;
  let logs: LogService;
  let wire: WireServer;
  let client: CloudWatchLogsClient;
  let seen: TimedEngineEvent[];
  let permissions: readonly Permission[];

  const open = () => {
    const events = new EngineEvents(() => clock.now());
    events.listen((event) => seen.push(event));
    const authorize = (_request: unknown, _operation: string, needed: readonly Permission[]) =>
      void (permissions = needed);
    return new LogService({ folder, clock, events, account: localAccount, authorize });
  };

  beforeEach(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-logs-"));
    clock = new FakeClock();
    seen = [];
    logs = open();
    logs.createGroup(group, 14);
    wire = new WireServer(logs);
    client = new CloudWatchLogsClient({ ...(await wire.listen()), maxAttempts: 1 });
  });
  afterEach(() => {
    client.destroy();
    wire.close();
    logs.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const messages = (events: { message?: string | undefined }[] | undefined) => events?.map(({ message }) => message);
  const tail = async (name = group, limit = 100) => messages(await logs.tail(name, { limit }));
  const caught = (promise: Promise<unknown>) =>
    promise.then(
      () => expect.fail("it succeeded"),
      (error: unknown) => error,
    );

  it("keeps notes for people, and answers without them", async () => {
    const note = { kind: "end", outcome: { status: "failed", error: "Error: no" } } as const;
    logs.appendAll(group, "a", [{ message: "REPORT", timestamp: clock.now(), note }]);
    expect((await logs.tail(group, { limit: 1 }))[0]).to.deep.include({ message: "REPORT", note });
    const filtered = await client.send(new FilterLogEventsCommand({ logGroupName: group }));
    const got = await client.send(new GetLogEventsCommand({ logGroupName: group, logStreamName: "a" }));
    expect(filtered.events?.[0]).to.have.keys("eventId", "ingestionTime", "logStreamName", "message", "timestamp");
    expect(got.events?.[0]).to.have.keys("ingestionTime", "message", "timestamp");
  });

  it("keeps what was written across restarts, whatever the bytes", async () => {
    logs.append(group, "a", "first\nwith two lines, \u0000 and ü 🎬");
    logs.close();
    logs = open();
    logs.append(group, "a", "second");
    expect(await tail()).to.deep.equal(["first\nwith two lines, \u0000 and ü 🎬", "second"]);
  });

  it("reads on after a line that a crash cut short", async () => {
    logs.append(group, "a", "whole");
    const file = logs.store.stream(group, "a")?.file ?? "";
    logs.close();
    fs.appendFileSync(file, `{"t":1,"i":1,"m":"cut sh`);
    logs = open();
    logs.append(group, "a", "after");
    expect(await tail()).to.deep.equal(["whole", "after"]);
  });

  it("gives every name a file of its own inside of its folder", async () => {
    const names = ["../../escape", "a/b", "A/b", "a-b", ".", "..", "[$LATEST]x", "x".repeat(500)];
    for (const name of names) {
      logs.append(name, name, name);
      expect(await tail(name)).to.deep.equal([name]);
    }
    const folders = fs.readdirSync(path.join(folder, "logs")).map((name) => name.toLowerCase());
    expect(new Set(folders).size).to.equal(names.length + 1);
    expect(fs.readdirSync(folder)).to.deep.equal(["logs"]);
  });

  it("shows the end of several streams in the order of time", async () => {
    for (let index = 0; index < 40; index += 1)
      logs.append(group, index % 3 === 0 ? "a" : "b", String(index), index + clock.now());
    expect(await tail(group, 5)).to.deep.equal(["35", "36", "37", "38", "39"]);
    expect(messages(await logs.tail(group, { stream: "a", limit: 2 }))).to.deep.equal(["36", "39"]);
  });

  it("reads backwards over lines longer than a chunk", async () => {
    const long = ["x".repeat(200_000), "y", "z".repeat(70_000), ""];
    for (const message of long) logs.append(group, "a", message);
    expect(await tail()).to.deep.equal(long);
    expect(await tail(group, 3)).to.deep.equal(long.slice(1));
  });

  it("deletes what has expired, at its start and daily", async () => {
    logs.append(group, "old", "old");
    logs.append("/forever", "old", "old");
    await clock.tick(13 * day);
    logs.append(group, "new", "new");
    await logs.start();
    expect(await tail()).to.deep.equal(["old", "new"]);
    await clock.tick(day + 1);
    expect(await tail()).to.deep.equal(["new"]);
    await clock.tick(day);
    while (logs.store.streams(group).length > 1) await new Promise((resolve) => setImmediate(resolve));
    expect(await tail("/forever")).to.deep.equal(["old"]);
  });

  it("forgets a group that is removed", async () => {
    logs.append(group, "a", "x");
    logs.removeGroup(group);
    expect(await tail()).to.deep.equal([]);
    logs.createGroup(group);
    expect(await tail()).to.deep.equal([]);
  });

  it("loses lines rather than the program when the disk fails, and says so once", () => {
    fs.rmSync(path.join(folder, "logs"), { recursive: true });
    logs.append(group, "a", "x");
    logs.append(group, "a", "y");
    expect(seen.filter((event) => event.type === "notice" && event.level === "error")).to.have.length(1);
  });

  it("takes events from an SDK and gives them back page by page", async () => {
    const stream = { logGroupName: group, logStreamName: "2026/01/01/[$LATEST]abc" };
    await client.send(new CreateLogStreamCommand(stream));
    expect(permissions).to.deep.equal([
      {
        action: "logs:CreateLogStream",
        resource: `arn:aws:logs:us-east-1:000000000000:log-group:${group}:log-stream:2026/01/01/[$LATEST]abc`,
      },
    ]);
    expect(await caught(client.send(new CreateLogStreamCommand(stream)))).to.include({
      name: "ResourceAlreadyExistsException",
    });
    const now = clock.now();
    const logEvents = ["1", "2", "3", "4", "5"].map((message, index) => ({ message, timestamp: now + index }));
    await client.send(new PutLogEventsCommand({ ...stream, logEvents }));

    const first = await client.send(new GetLogEventsCommand({ ...stream, startFromHead: true, limit: 2 }));
    expect(messages(first.events)).to.deep.equal(["1", "2"]);
    const second = await client.send(new GetLogEventsCommand({ ...stream, nextToken: first.nextForwardToken }));
    expect(messages(second.events)).to.deep.equal(["3", "4", "5"]);
    const end = await client.send(new GetLogEventsCommand({ ...stream, nextToken: second.nextForwardToken }));
    expect(end).to.deep.include({ events: [], nextForwardToken: second.nextForwardToken });

    const last = await client.send(new GetLogEventsCommand({ ...stream, limit: 2 }));
    expect(messages(last.events)).to.deep.equal(["4", "5"]);
    const before = await client.send(
      new GetLogEventsCommand({ ...stream, limit: 2, nextToken: last.nextBackwardToken }),
    );
    expect(messages(before.events)).to.deep.equal(["2", "3"]);
    const some = { ...stream, startFromHead: true, startTime: now + 1, endTime: now + 3 };
    expect(messages((await client.send(new GetLogEventsCommand(some))).events)).to.deep.equal(["2", "3"]);

    await client.send(new PutLogEventsCommand({ ...stream, logEvents: [{ message: "6", timestamp: now + 5 }] }));
    const later = await client.send(new GetLogEventsCommand({ ...stream, nextToken: end.nextForwardToken }));
    expect(messages(later.events)).to.deep.equal(["6"]);
  });

  it("refuses a batch out of order, and tells which events are too old or too new", async () => {
    const stream = { logGroupName: group, logStreamName: "a" };
    await client.send(new CreateLogStreamCommand(stream));
    const at = (...times: number[]) =>
      new PutLogEventsCommand({ ...stream, logEvents: times.map((timestamp) => ({ timestamp, message: "x" })) });
    expect(await caught(client.send(at(2, 1)))).to.include({ name: "InvalidParameterException" });
    const now = clock.now();
    const { rejectedLogEventsInfo } = await client.send(at(now - 15 * day, now, now + 3 * 3_600_000));
    expect(rejectedLogEventsInfo).to.include({ tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 2 });
    expect(await tail()).to.have.length(1);
    const missing = { ...stream, logStreamName: "b", logEvents: [{ timestamp: now, message: "x" }] };
    expect(await caught(client.send(new PutLogEventsCommand(missing)))).to.include({
      name: "ResourceNotFoundException",
    });
  });

  it("filters a group by words and quoted terms, page by page", async () => {
    const now = clock.now();
    for (let index = 0; index < 9; index += 1)
      logs.append(group, `s${index % 3}`, `line ${index % 2} [ok] n=${index}`, now + Math.floor(index / 3));
    const filter = (filterPattern: string, more = {}) =>
      client.send(new FilterLogEventsCommand({ logGroupName: group, filterPattern, ...more }));
    expect(messages((await filter(`line "[ok] n=4"`)).events)).to.deep.equal(["line 0 [ok] n=4"]);
    const found: (string | undefined)[] = [];
    const ids = new Set<string | undefined>();
    let nextToken: string | undefined;
    do {
      const page = await filter(`"line 1"`, { limit: 1, nextToken });
      found.push(...(messages(page.events) ?? []));
      for (const { eventId } of page.events ?? []) ids.add(eventId);
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(found.map((message) => message?.slice(-1)).sort()).to.deep.equal(["1", "3", "5", "7"]);
    expect(ids.size).to.equal(4);
    expect((await filter("", { logStreamNames: ["s1"] })).events).to.have.length(3);
    expect((await filter("", { startTime: now + 1, endTime: now + 1 })).events).to.have.length(3);
    for (const pattern of ["{ $.x", "{ x = 1 }", "[a, b", "[a=]", "%(a)%", "foo-bar", `"open`])
      expect(await caught(filter(pattern)), pattern).to.include({ name: "InvalidParameterException" });
  });

  it("makes groups and streams, changes how long they keep events, and deletes them", async () => {
    const logGroupName = "/own/group";
    await client.send(new CreateLogGroupCommand({ logGroupName }));
    const again = await caught(client.send(new CreateLogGroupCommand({ logGroupName })));
    expect(again).to.include({ name: "ResourceAlreadyExistsException" });
    const retention = async () => {
      const { logGroups } = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }));
      return logGroups?.map(({ retentionInDays }) => retentionInDays);
    };
    await client.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 3 }));
    expect(await retention()).to.deep.equal([3]);
    const odd = await caught(client.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 4 })));
    expect(odd).to.include({ name: "InvalidParameterException" });
    await client.send(new DeleteRetentionPolicyCommand({ logGroupName }));
    expect(await retention()).to.deep.equal([undefined]);
    const listed = await client.send(new ListLogGroupsCommand({ logGroupNamePattern: "^/own" }));
    expect(listed.logGroups?.map((each) => each.logGroupName)).to.deep.equal([logGroupName]);
    await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName: "s" }));
    logs.append(logGroupName, "s", "x");
    await client.send(new DeleteLogStreamCommand({ logGroupName, logStreamName: "s" }));
    expect(await tail(logGroupName)).to.deep.equal([]);
    await client.send(new DeleteLogGroupCommand({ logGroupName }));
    expect(await retention()).to.deep.equal([]);
    const gone = await caught(client.send(new DeleteLogGroupCommand({ logGroupName })));
    expect(gone).to.include({ name: "ResourceNotFoundException" });
  });

  it("describes groups and streams", async () => {
    logs.createGroup("/aws/lambda/other");
    logs.append(group, "a", "x", clock.now() + 5);
    logs.append(group, "b", "x");
    const { logGroups } = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/aws/lambda/r" }));
    expect(logGroups).to.have.length(1);
    expect(logGroups?.[0]).to.include({
      logGroupName: group,
      retentionInDays: 14,
      arn: `arn:aws:logs:us-east-1:000000000000:log-group:${group}:*`,
    });
    const input = { logGroupName: group, orderBy: "LastEventTime", descending: true, limit: 1 } as const;
    const first = await client.send(new DescribeLogStreamsCommand(input));
    expect(first.logStreams?.[0]).to.include({ logStreamName: "a", lastEventTimestamp: clock.now() + 5 });
    const second = await client.send(new DescribeLogStreamsCommand({ ...input, nextToken: first.nextToken }));
    expect(second.logStreams?.map(({ logStreamName }) => logStreamName)).to.deep.equal(["b"]);
    expect(second.nextToken).to.equal(undefined);
    const unknown = await caught(client.send(new StartQueryCommand({ startTime: 0, endTime: 1, queryString: "" })));
    expect(unknown).to.include({ name: "UnknownOperationException" });
    const missing = await caught(client.send(new DescribeLogStreamsCommand({ logGroupName: "/none" })));
    expect(missing).to.include({
      name: "ResourceNotFoundException",
      message: "The specified log group does not exist.",
    });
  });
});

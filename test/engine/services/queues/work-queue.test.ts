import { expect } from "chai";
import { Activity } from "../../../../engine/services/activity";
import { openDatabase } from "../../../../engine/services/database";
import { WorkQueue, type WorkItem, type WorkOutcome } from "../../../../engine/services/queues/work-queue";
import { FakeClock } from "../../../../testing/fake-clock";

describe("WorkQueue", () => {
  let clock: FakeClock;
  let activity: Activity;
  let database: ReturnType<typeof openDatabase>;
  let queue: WorkQueue;
  let taken: WorkItem[];
  let faults: unknown[];
  let work: (item: WorkItem) => Promise<WorkOutcome>;

  const makeQueue = () => {
    activity = new Activity();
    return new WorkQueue({
      ...{ database, clock, activity },
      table: "work",
      capacity: () => 2,
      work: (item) => {
        taken.push(item);
        return work(item);
      },
      onFault: (error) => faults.push(error),
    });
  };
  const add = (line: string, body: string) => queue.add(line, Buffer.from(body), { id: body, source: "test" });
  const ids = () => taken.map(({ id }) => id);

  beforeEach(() => {
    clock = new FakeClock();
    database = openDatabase(":memory:");
    [taken, faults] = [[], []];
    work = async () => ({ status: "done" });
    queue = makeQueue();
    queue.open("a");
    queue.start();
  });
  afterEach(async () => {
    await queue.close();
    database.close();
  });

  it("does work in order, so much at once as there is room for", async () => {
    const ends: (() => void)[] = [];
    work = () => new Promise((resolve) => ends.push(() => resolve({ status: "done" })));
    for (const body of ["1", "2", "3", "4"]) add("a", body);
    expect(ids()).to.deep.equal(["1", "2"]);
    expect(queue.size("a")).to.equal(4);
    ends[0]?.();
    await clock.tick(0);
    expect(ids()).to.deep.equal(["1", "2", "3"]);
    for (const end of ends) end();
    await clock.tick(0);
    ends[3]?.();
    await activity.whenIdle();
    expect(ids()).to.deep.equal(["1", "2", "3", "4"]);
    expect(queue.size("a")).to.equal(0);
  });

  it("tries again when it is due, with what the last attempt left behind", async () => {
    work = async ({ attempts }) =>
      attempts < 2 ? { status: "failed", dueIn: 1000, outcome: `attempt ${attempts}` } : { status: "done" };
    add("a", "1");
    await clock.tick(999);
    expect(taken).to.have.length(1);
    await clock.tick(1001);
    expect(taken.map(({ attempts, outcome }) => [attempts, outcome])).to.deep.equal([
      [0, undefined],
      [1, "attempt 0"],
      [2, "attempt 1"],
    ]);
    expect(taken[2]?.body.toString()).to.equal("1");
    expect(activity.idle).to.equal(true);
    expect(clock.pending).to.equal(0);
  });

  it("wakes the oldest item that was put off, and only such a one", async () => {
    work = async ({ delays, id }) =>
      id === "failed"
        ? { status: "failed", dueIn: 5000 }
        : delays === 0
          ? { status: "delayed", dueIn: 5000 }
          : { status: "done" };
    for (const body of ["failed", "first", "second"]) add("a", body);
    await clock.tick(0);
    taken.length = 0;
    queue.wake("a");
    await clock.tick(0);
    expect(ids()).to.deep.equal(["first"]);
  });

  it("keeps work for a line that is not open yet, and does not count it as under way", async () => {
    add("b", "1");
    await clock.tick(0);
    expect(taken).to.have.length(0);
    expect(activity.idle).to.equal(true);
    queue.open("b");
    expect(activity.idle).to.equal(false);
    await activity.whenIdle();
    expect(ids()).to.deep.equal(["1"]);
  });

  it("does again after a restart what was interrupted, as if it had not been taken", async () => {
    const interrupts: (() => void)[] = [];
    work = () => new Promise((resolve) => interrupts.push(() => resolve({ status: "interrupted" })));
    add("a", "1");
    const closing = queue.close();
    interrupts[0]?.();
    await closing;
    work = async () => ({ status: "done" });
    queue = makeQueue();
    queue.open("a");
    queue.start();
    await activity.whenIdle();
    expect(taken.map(({ id, attempts }) => [id, attempts])).to.deep.equal([
      ["1", 0],
      ["1", 0],
    ]);
  });

  it("does again after a crash what was taken", async () => {
    work = () => new Promise(() => undefined);
    add("a", "1");
    const crashed = queue;
    work = async () => ({ status: "done" });
    queue = makeQueue();
    queue.start();
    queue.open("a");
    await activity.whenIdle();
    expect(ids()).to.deep.equal(["1", "1"]);
    expect(crashed.size("a")).to.equal(0);
  });

  it("forgets a line with what waits in it", async () => {
    work = async () => ({ status: "failed", dueIn: 1000 });
    add("a", "1");
    await clock.tick(0);
    queue.discard("a");
    await clock.tick(2000);
    expect(taken).to.have.length(1);
    expect([queue.size("a"), activity.idle, clock.pending]).to.deep.equal([0, true, 0]);
  });

  it("reports a fault and tries again a minute later", async () => {
    work = async ({ delays }) => {
      if (delays === 0) throw new Error("bug");
      return { status: "done" };
    };
    add("a", "1");
    await clock.tick(59_999);
    expect(taken).to.have.length(1);
    await clock.tick(1);
    expect(taken).to.have.length(2);
    expect(faults).to.have.length(1);
  });
});

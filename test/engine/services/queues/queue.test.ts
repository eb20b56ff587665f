import { expect } from "chai";
import type { Queue } from "../../../../engine/services/queues/queue";
import { arnOf, QueueFixture } from "./queue-fixture";

const second = 1000;

describe("Queue", () => {
  let queues: QueueFixture;
  beforeEach(() => (queues = new QueueFixture()));
  afterEach(() => queues.close());

  const define = (name: string, attributes: Record<string, string> = {}): Queue => {
    queues.service.define({ name, displayName: name, attributes });
    const queue = queues.service.byArn(arnOf(name));
    return queue ?? expect.fail(`there is no ${name}`);
  };
  const send = (queue: Queue, body: string, group?: string, delay?: number): void =>
    void queue.send({ body, senderId: "", attributes: {}, group, deduplicationId: group && body, delay });

  it("knows whether so many messages can be received", () => {
    const queue = define("jobs");
    send(queue, "a");
    send(queue, "b");
    expect([1, 2, 3].map((limit) => queue.hasWaiting(limit))).to.deep.equal([true, true, false]);
    send(queue, "late", undefined, 5);
    expect(queue.hasWaiting(3), "with one that is delayed").to.equal(false);
    expect(queue.receive({ limit: 1 })).to.have.length(1);
    expect([1, 2].map((limit) => queue.hasWaiting(limit))).to.deep.equal([true, false]);
  });

  it("knows whether so many groups have a first message that can be received", () => {
    const queue = define("jobs.fifo", { FifoQueue: "true" });
    for (const [body, group] of ["a1", "a2", "b1"].map((text) => [text, text.charAt(0)]))
      send(queue, body ?? "", group);
    expect([1, 2, 3].map((limit) => queue.hasReadyGroups(limit))).to.deep.equal([true, true, false]);
    expect(queue.receive({ limit: 1 })).to.have.length(1);
    expect(
      [1, 2].map((limit) => queue.hasReadyGroups(limit)),
      "one is held",
    ).to.deep.equal([true, false]);
  });

  it("deletes and releases what was received for as long as nobody else can have it", async () => {
    for (const [name, attributes, after] of [
      ["jobs", {}, 0],
      ["jobs.fifo", { FifoQueue: "true" }, 2],
    ] as const) {
      for (const change of ["deleteReceived", "release"] as const) {
        const queue = define(`${change}-${name}`, attributes);
        const count = (): number => queue.depths().waiting + queue.depths().inFlight;
        send(queue, "in time", queue.isFifo ? "a" : undefined);
        const inTime = queue.receive({ limit: 1, visibilityTimeout: 10 });
        await queues.clock.tick(10 * second - 1);
        queue[change](inTime);
        expect(count(), `${change} in time`).to.equal(change === "release" ? 1 : 0);
        if (change === "release") continue;
        send(queue, "too late", queue.isFifo ? "b" : undefined);
        const tooLate = queue.receive({ limit: 1, visibilityTimeout: 10 });
        await queues.clock.tick(10 * second);
        queue[change](tooLate);
        expect(count(), `${change} when its time is over`).to.equal(after === 0 ? 0 : 1);
      }
    }
  });
});

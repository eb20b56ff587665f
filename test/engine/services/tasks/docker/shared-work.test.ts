import { expect } from "chai";
import sinon from "sinon";
import { SharedWork } from "../../../../../engine/services/tasks/docker/shared-work";

describe("Work that several wait for", () => {
  const never = new AbortController().signal;
  const caught = (promise: Promise<unknown>) =>
    promise.then(
      () => expect.fail("it succeeded"),
      (error: Error) => error.message,
    );

  it("is done once for all who wait, and again for who comes later", async () => {
    const shared = new SharedWork();
    const work = sinon.stub().resolves();
    await Promise.all([shared.run("a", never, work), shared.run("a", never, work), shared.run("b", never, work)]);
    expect(work.callCount).to.equal(2);
    await shared.run("a", never, work);
    expect(work.callCount).to.equal(3);
  });

  it("fails for all of them", async () => {
    const shared = new SharedWork();
    const work = sinon.stub().rejects(new Error("no"));
    expect(await Promise.all([1, 2].map(() => caught(shared.run("a", never, work))))).to.deep.equal(["no", "no"]);
  });

  it("is given up when the last of them is stopped", async () => {
    const shared = new SharedWork();
    const stops = [new AbortController(), new AbortController()];
    let given: AbortSignal | undefined;
    const work = (signal: AbortSignal) => {
      given = signal;
      return new Promise<void>(() => undefined);
    };
    const [first, second] = stops.map(({ signal }) => caught(shared.run("a", signal, work)));
    stops[0]?.abort();
    expect(await first).to.match(/stopped before it ran/);
    expect(given?.aborted).to.equal(false);
    stops[1]?.abort();
    await second;
    expect(given?.aborted).to.equal(true);
  });
});

import { expect } from "chai";
import { FakeClock } from "../../testing/fake-clock";

describe("FakeClock", () => {
  it("runs timers in the order they are due, each at its own time, those started on the way too", async () => {
    const clock = new FakeClock(1000);
    const seen: [string, number][] = [];
    const note = (name: string) => () => void seen.push([name, clock.now()]);
    clock.after(30, note("late"));
    clock.after(10, () => {
      note("first")();
      clock.after(10, note("chained"));
    });
    clock.after(10, note("second"));
    clock.after(41, note("not yet"));
    clock.after(20, note("cancelled")).cancel();
    await clock.tick(40);
    expect(seen).to.deep.equal([
      ["first", 1010],
      ["second", 1010],
      ["chained", 1020],
      ["late", 1030],
    ]);
    expect(clock.now()).to.equal(1040);
    expect(clock.pending).to.equal(1);
  });

  it("lets what a timer leads to happen before the next one", async () => {
    const clock = new FakeClock(0);
    const seen: string[] = [];
    clock.after(1, () => void Promise.resolve().then(() => clock.after(1, () => seen.push("from a promise"))));
    clock.after(5, () => seen.push("last"));
    await clock.tick(5);
    expect(seen).to.deep.equal(["from a promise", "last"]);
  });
});

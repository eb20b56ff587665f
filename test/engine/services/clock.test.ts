import { expect } from "chai";

import { guardedClock } from "../../../engine/services/clock";
import { FakeClock } from "../../../testing/fake-clock";

describe("A guarded clock", () => {
  it("reports what a callback throws, and runs the others", async () => {
    const clock = new FakeClock();
    const faults: unknown[] = [];
    const guarded = guardedClock(clock, (error) => faults.push(error));
    const ran: string[] = [];
    const fault = new Error("the disk is full");
    guarded.after(1, () => {
      throw fault;
    });
    guarded.after(2, () => ran.push("later"));
    guarded.after(3, () => ran.push("never")).cancel();
    await clock.tick(5);
    expect(faults).to.deep.equal([fault]);
    expect(ran).to.deep.equal(["later"]);
    expect(guarded.now()).to.equal(clock.now());
  });
});

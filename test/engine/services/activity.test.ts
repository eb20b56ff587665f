import { expect } from "chai";
import { Activity } from "../../../engine/services/activity";

describe("Activity", () => {
  it("is idle when nothing was begun", async () => {
    await new Activity().whenIdle();
  });

  it("becomes idle when the last piece of work has ended, counting each once", async () => {
    const activity = new Activity();
    const first = activity.begin();
    const second = activity.begin();
    first();
    first();
    expect(activity.idle).to.equal(false);
    const idle = activity.whenIdle();
    second();
    await idle;
    expect(activity.idle).to.equal(true);
  });

  it("is not idle yet when ending one piece of work began the next", async () => {
    const activity = new Activity();
    const first = activity.begin();
    let settled = false;
    void activity.whenIdle().then(() => (settled = true));
    first();
    const next = activity.begin();
    await Promise.resolve();
    await Promise.resolve();
    expect(settled).to.equal(false);
    next();
    await activity.whenIdle();
  });
});

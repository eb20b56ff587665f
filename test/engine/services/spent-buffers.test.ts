import { expect } from "chai";
import { spend } from "../../../engine/services/spent-buffers";

describe("Spent buffers", () => {
  it("are freed while a body passes, long before they add up to it", () => {
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for (let passed = 0; passed < 4096; passed++) {
      spend(Buffer.allocUnsafeSlow(64 * 1024).length);
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect(most).to.be.lessThan(24 * 1024 * 1024);
  });
});

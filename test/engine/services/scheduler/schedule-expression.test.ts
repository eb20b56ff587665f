import { expect } from "chai";
import { dueOf } from "../../../../engine/services/scheduler/schedule-expression";

describe("The time of a one-time schedule", () => {
  for (const [time, zone, expected] of [
    ["2026-11-22T10:54:36", "UTC", "2026-11-22T10:54:36Z"],
    ["2026-11-22T10:54:36", "Europe/Berlin", "2026-11-22T09:54:36Z"],
    ["2026-07-01T00:00:00", "America/New_York", "2026-07-01T04:00:00Z"],
    ["2026-10-25T02:30:00", "Europe/Berlin", "2026-10-25T00:30:00Z"],
    ["2026-01-01T05:45:00", "Asia/Kathmandu", "2026-01-01T00:00:00Z"],
  ] as const)
    it(`is ${expected} for ${time} in ${zone}`, () =>
      expect(new Date(dueOf(`at(${time})`, zone)).toISOString()).to.equal(expected.replace("Z", ".000Z")));
});

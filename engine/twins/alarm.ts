import { named, type Twin } from "./twin";

/** An alarm: kept, and never rings, since nothing here is measured. What reaches a dead-letter queue is told in a line. */
export const metricAlarm: Twin = {
  type: "aws:cloudwatch/metricAlarm:MetricAlarm",
  identify(resource, account) {
    return named(resource, account, "cloudwatch", "alarm:");
  },
};

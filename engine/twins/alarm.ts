import { named, type Twin } from "./twin";

/** An alarm: kept, and never rings, since nothing here is measured. What reaches a dead-letter queue is told in a line. */
export const metricAlarm: Twin = {
  type: "aws:cloudwatch/metricAlarm:MetricAlarm",
  inputs: {
    name: true,
    alarmActions: true,
    alarmDescription: true,
    comparisonOperator: true,
    dimensions: true,
    evaluationPeriods: true,
    metricName: true,
    namespace: true,
    okActions: true,
    period: true,
    statistic: true,
    tags: true,
    threshold: true,
    treatMissingData: true,
  },
  identify(resource, account) {
    return named(resource, account, "cloudwatch", "alarm:");
  },
};

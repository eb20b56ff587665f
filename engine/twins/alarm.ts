import { named, type Twin } from "./twin";

/** An alarm: kept, and never rings, since nothing here is measured. What reaches a dead-letter queue is told in a line. */
export const metricAlarm: Twin = {
  type: "aws:cloudwatch/metricAlarm:MetricAlarm",
  inputs: {
    name: true,
    actionsEnabled: true,
    alarmActions: true,
    alarmDescription: true,
    comparisonOperator: true,
    datapointsToAlarm: true,
    dimensions: true,
    evaluateLowSampleCountPercentiles: true,
    evaluationPeriods: true,
    extendedStatistic: true,
    insufficientDataActions: true,
    metricName: true,
    metricQueries: true,
    namespace: true,
    okActions: true,
    period: true,
    statistic: true,
    tags: true,
    threshold: true,
    thresholdMetricId: true,
    treatMissingData: true,
    unit: true,
  },
  identify(resource, account) {
    return named(resource, account, "cloudwatch", "alarm:");
  },
};

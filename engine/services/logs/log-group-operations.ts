import type { JsonInput } from "../protocol/json-input";
import { jsonResponse } from "../protocol/json-protocol";
import { AwsError } from "../protocol/message";
import type { Operation } from "../protocol/operation";
import { existingGroup, groupName, invalid, pageOf } from "./log-input";
import type { LogService } from "./log-service";
import type { LogGroup } from "./log-store";

type LogOperation = Operation<LogService, JsonInput>;

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** An operation on one group. */
function onGroup(name: string, run: (group: LogGroup, input: JsonInput, logs: LogService) => void): LogOperation {
  return {
    name,
    permissions: (input, logs) => [{ action: `logs:${name}`, resource: logs.arnOf(groupName(input)) }],
    run: (input, logs) => {
      run(existingGroup(input, logs), input, logs);
      return Promise.resolve(jsonResponse());
    },
  };
}

const createLogGroup: LogOperation = {
  name: "CreateLogGroup",
  permissions: (input, logs) => [{ action: "logs:CreateLogGroup", resource: logs.arnOf(groupName(input)) }],
  run: (input, logs) => {
    const name = input.string("logGroupName");
    if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(name)) {
      throw invalid("A log group name has 1 to 512 characters: letters, digits, and any of . - _ / #");
    }
    if (logs.store.group(name) !== undefined) {
      throw new AwsError("ResourceAlreadyExistsException", "The specified log group already exists");
    }
    logs.createGroup(name);
    return Promise.resolve(jsonResponse());
  },
};

const putRetentionPolicy = onGroup("PutRetentionPolicy", ({ name }, input, logs) => {
  const days = input.optionalNumber("retentionInDays");
  if (days === undefined || !retentions.includes(days)) {
    throw invalid(`retentionInDays must be one of ${retentions.join(", ")}, not ${days ?? "nothing"}.`);
  }
  logs.createGroup(name, days);
});

const describeLogGroups: LogOperation = {
  name: "DescribeLogGroups",
  permissions: (_input, logs) => [{ action: "logs:DescribeLogGroups", resource: logs.arnOf("", "") }],
  run: (input, logs) => {
    const prefix = input.optionalString("logGroupNamePrefix");
    const part = input.optionalString("logGroupNamePattern");
    if (prefix !== undefined && part !== undefined) {
      throw invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
    }
    const lowered = part?.toLowerCase() ?? "";
    const groups = logs.store
      .list()
      .filter(({ name }) => name.startsWith(prefix ?? "") && name.toLowerCase().includes(lowered));
    const page = pageOf(input, groups, ({ name }) => name);
    const logGroups = page.items.map(({ name, created, retentionDays }) => ({
      logGroupName: name,
      creationTime: created,
      ...(retentionDays !== undefined && { retentionInDays: retentionDays }),
      metricFilterCount: 0,
      arn: `${logs.arnOf(name)}:*`,
      logGroupArn: logs.arnOf(name),
      logGroupClass: "STANDARD",
      storedBytes: 0,
    }));
    return Promise.resolve(jsonResponse({ logGroups, nextToken: page.nextToken }));
  },
};

/** The newer listing, by a part of the name or a regular expression of it. */
const listLogGroups: LogOperation = {
  name: "ListLogGroups",
  permissions: (_input, logs) => [{ action: "logs:ListLogGroups", resource: logs.arnOf("", "") }],
  run: (input, logs) => {
    const pattern = input.optionalString("logGroupNamePattern") ?? "";
    if (!/^(\^?[.\-_/#A-Za-z0-9|]{3,})?$/.test(pattern)) {
      throw invalid("logGroupNamePattern has 3 or more characters of names, with ^ in front for a prefix.");
    }
    const parts = pattern.split("|");
    const isNamed = (name: string): boolean =>
      parts.some((each) => (each.startsWith("^") ? name.startsWith(each.slice(1)) : name.includes(each)));
    const page = pageOf(
      input,
      logs.store.list().filter(({ name }) => isNamed(name)),
      ({ name }) => name,
    );
    const logGroups = page.items.map(({ name }) => ({
      logGroupName: name,
      logGroupArn: logs.arnOf(name),
      logGroupClass: "STANDARD",
    }));
    return Promise.resolve(jsonResponse({ logGroups, nextToken: page.nextToken }));
  },
};

/** The operations on log groups. */
export const logGroupOperations: readonly LogOperation[] = [
  createLogGroup,
  onGroup("DeleteLogGroup", ({ name }, _input, logs) => logs.removeGroup(name)),
  putRetentionPolicy,
  onGroup("DeleteRetentionPolicy", ({ name }, _input, logs) => logs.createGroup(name)),
  describeLogGroups,
  listLogGroups,
];

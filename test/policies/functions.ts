import type { RecordedResource } from "../../engine/graph/resource";
import { at, types, type Policy, type Stack } from "./policy";

const about = [types.function];

const failuresGo = ({ outputs }: RecordedResource, stack: Stack) =>
  at(
    stack.naming(types.invokeConfig, "functionName", outputs["name"])[0]?.inputs,
    "destinationConfig",
    "onFailure",
    "destination",
  );

const logGroupOf = ({ inputs }: RecordedResource, stack: Stack): RecordedResource | undefined =>
  stack.all(types.logGroup).find(({ outputs }) => outputs["name"] === at(inputs, "loggingConfig", "logGroup"));

/** What is asked of functions and logs, and kept. */
export const functionPolicies: readonly Policy[] = [
  {
    controls: ["Lambda.2", "CKV_AWS_363"],
    title: "functions run on a runtime that AWS supports",
    types: about,
    holds: ({ inputs }) => ["nodejs22.x", "nodejs24.x"].includes(String(inputs["runtime"])),
  },
  {
    controls: ["Lambda.1", "CKV_AWS_301", "CKV_AWS_364"],
    title: "functions are called by what they were made for only",
    types: ["aws:lambda/permission:Permission"],
    holds: ({ inputs }) =>
      inputs["action"] === "lambda:InvokeFunction" &&
      /^(events|apigateway)\.amazonaws\.com$/.test(String(inputs["principal"])) &&
      /^arn:[\w-]+:(events|execute-api):/.test(String(inputs["sourceArn"])),
  },
  {
    controls: ["CKV_AWS_258"],
    title: "functions have no address of their own",
    types: ["aws:lambda/functionUrl:FunctionUrl"],
    forbidden: true,
    holds: () => false,
  },
  {
    controls: [],
    title: "functions log to a group of their own, in JSON",
    types: about,
    holds: (fn, stack) => {
      const logGroup = logGroupOf(fn, stack);
      const others = stack.all(types.function).filter((other) => logGroupOf(other, stack) === logGroup);
      return logGroup !== undefined && others.length === 1 && at(fn.inputs, "loggingConfig", "logFormat") === "JSON";
    },
  },
  {
    controls: ["CKV_AWS_66"],
    title: "log groups say how long they are kept",
    types: [types.logGroup],
    holds: ({ inputs }) => typeof inputs["retentionInDays"] === "number",
  },
  {
    controls: ["iam-role-least-privilege"],
    title: "functions have a role of their own",
    types: about,
    holds: (fn, stack) =>
      stack.byArn(types.role, fn.inputs["role"]) !== undefined &&
      stack.naming(types.function, "role", fn.inputs["role"]).length === 1,
  },
  {
    controls: [],
    title: "functions that events start keep what they fail at",
    types: about,
    holds: (fn, stack) =>
      stack.naming(types.target, "arn", fn.outputs["arn"]).length === 0
        ? undefined
        : stack.byArn(types.queue, failuresGo(fn, stack)) !== undefined,
  },
  {
    controls: ["CKV_AWS_45"],
    title: "no access keys stand in a function's environment",
    types: about,
    holds: ({ inputs }) => !/\bA(KIA|SIA)[A-Z0-9]{16}\b|SECRET_ACCESS_KEY/.test(JSON.stringify(inputs["environment"])),
  },
  {
    controls: [],
    title: "secrets of an environment stay secret in the state",
    types: about,
    holds: ({ inputs, options }) =>
      at(inputs, "environment", "variables", "PASSWORD") === undefined
        ? undefined
        : options.secrets.some((name) => name.startsWith("environment")),
  },
];

/** What is asked of them, and not done by itself: docs/policies.md says why. */
export const unmetFunctionPolicies: readonly Policy[] = [
  {
    controls: ["Lambda.3", "CKV_AWS_117"],
    title: "functions run in a VPC",
    types: about,
    holds: ({ inputs }) => inputs["vpcConfig"] !== undefined,
  },
  {
    controls: ["Lambda.7", "CKV_AWS_50"],
    title: "functions are traced",
    types: about,
    holds: ({ inputs }) => at(inputs, "tracingConfig", "mode") === "Active",
  },
  {
    controls: ["CKV_AWS_115"],
    title: "functions have a limit of their own",
    types: about,
    holds: ({ inputs }) => inputs["reservedConcurrentExecutions"] !== undefined,
  },
  {
    controls: ["CKV_AWS_116"],
    title: "functions have dead letters, also where nothing starts them with events",
    types: about,
    holds: (fn, stack) => failuresGo(fn, stack) !== undefined,
  },
  {
    controls: ["CKV_AWS_173"],
    title: "environments of functions are encrypted with a key of one's own",
    types: about,
    holds: ({ inputs }) => inputs["kmsKeyArn"] !== undefined,
  },
  {
    controls: ["CKV_AWS_272"],
    title: "code of functions is signed",
    types: about,
    holds: ({ inputs }) => inputs["codeSigningConfigArn"] !== undefined,
  },
  {
    controls: ["CloudWatch.16", "CKV_AWS_338"],
    title: "logs are kept for a year",
    types: [types.logGroup],
    // CloudWatch keeps for ever what is to be kept for 0 days.
    holds: ({ inputs }) => inputs["retentionInDays"] === 0 || Number(inputs["retentionInDays"]) >= 365,
  },
  {
    controls: ["CKV_AWS_158"],
    title: "logs are encrypted with a key of one's own",
    types: [types.logGroup],
    holds: ({ inputs }) => inputs["kmsKeyId"] !== undefined,
  },
];

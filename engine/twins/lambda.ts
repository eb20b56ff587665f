import * as path from "node:path";
import { Archive, type RecordedResource } from "../graph/resource";
import { arn } from "../services/account";
import type { FunctionDefinition } from "../services/functions/function-definition";
import type { Services } from "../services/services";
import { deploymentPackage } from "./deployment-package";
import { named, number, object, physicalName, settingOf, text, texts, type Twin } from "./twin";

/** A function: child processes that run its package. */
export const lambdaFunction: Twin = {
  type: "aws:lambda/function:Function",
  inputs: {
    name: true,
    description: true,
    architectures: true,
    code: true,
    codeSha256: true,
    environment: { variables: true },
    ephemeralStorage: { size: true },
    handler: true,
    // Code that is elsewhere does not run, and that is said below.
    imageConfig: true,
    imageUri: true,
    s3Bucket: true,
    s3Key: true,
    s3ObjectVersion: true,
    kmsKeyArn: true,
    loggingConfig: { logFormat: true, logGroup: true },
    memorySize: true,
    packageType: true,
    publish: true,
    replaceSecurityGroupsOnDestroy: true,
    replacementSecurityGroupIds: true,
    reservedConcurrentExecutions: true,
    role: true,
    runtime: true,
    skipDestroy: true,
    sourceCodeHash: true,
    sourceKmsKeyArn: true,
    tags: true,
    timeout: true,
    tracingConfig: { mode: true },
    vpcConfig: { ipv6AllowedForDualStack: true, securityGroupIds: true, subnetIds: true },
  },
  identify(resource, account) {
    const { id, arn: functionArn, outputs } = named(resource, account, "lambda", "function:");
    return {
      id,
      outputs: {
        ...outputs,
        invokeArn: arn(account, "apigateway", `lambda:path/2015-03-31/functions/${functionArn}/invocations`),
        qualifiedArn: `${functionArn}:$LATEST`,
        version: "$LATEST",
      },
    };
  },
  create: define,
  update: (resource, _old, services) => define(resource, services),
  async delete(resource, { functions }) {
    await functions.remove(resource.id);
  },
};

async function define(resource: RecordedResource, services: Services): Promise<void> {
  const { inputs, outputs } = resource;
  const { code } = inputs;
  const zipFile = code instanceof Archive ? deploymentPackage(code, path.join(services.folder, "packages")) : undefined;
  if (zipFile === undefined) {
    services.engineEvents.emit({
      type: "notice",
      level: "warning",
      message: `function ${resource.name} does not run here: its code is not on this machine`,
    });
    return;
  }
  const logging = object(inputs, "loggingConfig");
  const definition: FunctionDefinition = {
    name: resource.id,
    arn: text(outputs, "arn"),
    displayName: resource.name,
    zipFile,
    handler: text(inputs, "handler"),
    runtime: text(inputs, "runtime"),
    timeout: number(inputs, "timeout") ?? 3,
    memory: number(inputs, "memorySize") ?? 128,
    environment: texts(object(inputs, "environment"), "variables"),
    roleArn: text(inputs, "role"),
    logGroup: text(logging, "logGroup") || `/aws/lambda/${resource.id}`,
    logFormat: text(logging, "logFormat") === "JSON" ? "JSON" : "Text",
    ...optional("reservedConcurrency", number(inputs, "reservedConcurrentExecutions")),
    ...services.functionRetries.get(resource.id),
  };
  services.logs.createGroup(definition.logGroup);
  await services.functions.define(definition);
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value };
}

/** How a function's events are tried again, and where they go after that. */
export const lambdaFunctionEventInvokeConfig: Twin = settingOf(
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
  "functionName",
  {
    destinationConfig: { onFailure: { destination: true } },
    maximumEventAgeInSeconds: true,
    maximumRetryAttempts: true,
  },
  async ({ functions, functionRetries }, name, inputs) => {
    const destination = object(object(inputs ?? {}, "destinationConfig"), "onFailure");
    const retries = {
      ...optional("retries", number(inputs ?? {}, "maximumRetryAttempts")),
      ...optional("maximumEventAge", number(inputs ?? {}, "maximumEventAgeInSeconds")),
      ...(text(destination, "destination") === "" ? {} : { onFailureArn: text(destination, "destination") }),
    };
    functionRetries.set(name, retries);
    const current = functions.list().find(({ definition }) => definition.name === name)?.definition;
    if (current !== undefined) await functions.define({ ...current, ...retries });
  },
);

/** Who may call a function. Read where requests are authorized. */
export const lambdaPermission: Twin = {
  type: "aws:lambda/permission:Permission",
  inputs: {
    action: true,
    eventSourceToken: true,
    function: true,
    functionUrlAuthType: true,
    invokedViaFunctionUrl: true,
    principal: true,
    principalOrgId: true,
    qualifier: true,
    sourceAccount: true,
    sourceArn: true,
    statementId: true,
    statementIdPrefix: true,
  },
  identify(resource) {
    const statementId = physicalName(resource, resource.inputs["statementId"], 100);
    return { id: statementId, outputs: { statementId } };
  },
};

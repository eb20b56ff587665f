import * as fs from "node:fs";
import * as path from "node:path";
import { pipeline } from "node:stream/promises";
import { sourcesOf, zipFileOf } from "../assets/archive-file";
import { Archive, type RecordedResource } from "../graph/resource";
import { arn, type Account } from "../services/account";
import type { FunctionDefinition } from "../services/functions/function-definition";
import type { Services } from "../services/services";
import { named, physicalName, settingOf, type Twin } from "./twin";
import { number, object, text, texts } from "../graph/values";

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
    const version = resource.inputs["publish"] === true ? "1" : "$LATEST";
    const qualifiedArn = `${functionArn}:${version}`;
    const { code } = resource.inputs;
    const sha256 = code instanceof Archive ? Buffer.from(code.hash, "hex").toString("base64") : "";
    return {
      id,
      outputs: {
        ...outputs,
        invokeArn: invokeArn(account, functionArn),
        qualifiedArn,
        qualifiedInvokeArn: invokeArn(account, qualifiedArn),
        version,
        codeSha256: sha256,
        sourceCodeHash: text(resource.inputs, "sourceCodeHash") || sha256,
        // When is different on every machine.
        lastModified: "2015-03-31T00:00:00.000+0000",
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
  const zipFile = await packageOf(resource, services);
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
    ...(inputs["code"] instanceof Archive ? { sources: sourcesOf(inputs["code"]) } : {}),
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
  const version = text(outputs, "version");
  if (version !== "$LATEST") services.functions.addQualifier(resource.id, version);
}

/** The zip of a function's code: from the program, or from an object that it has put into a bucket of this stack. */
async function packageOf({ id, inputs }: RecordedResource, { objects, folder }: Services): Promise<string | undefined> {
  const packages = path.join(folder, "packages");
  const { code } = inputs;
  if (code instanceof Archive) return zipFileOf(code, packages);
  const bucket = text(inputs, "s3Bucket");
  if (bucket === "" || !objects.hasBucket(bucket)) return undefined;
  const object = await objects.head(bucket, text(inputs, "s3Key"), text(inputs, "s3ObjectVersion") || undefined);
  fs.mkdirSync(packages, { recursive: true });
  const zip = path.join(packages, `${id}.zip`);
  await pipeline(objects.read(object), fs.createWriteStream(zip));
  return zip;
}

/** A name for a version of a function: whatever is called by it runs here. */
export const lambdaAlias: Twin = {
  type: "aws:lambda/alias:Alias",
  inputs: { name: true, description: true, functionName: true, functionVersion: true },
  identify(resource, account) {
    const name = text(resource.inputs, "name") || resource.name;
    const aliasArn = `${arn(account, "lambda", `function:${functionNameOf(resource)}`)}:${name}`;
    return { id: aliasArn, outputs: { name, arn: aliasArn, invokeArn: invokeArn(account, aliasArn) } };
  },
  create(resource, { functions }) {
    functions.addQualifier(functionNameOf(resource), text(resource.outputs, "name"));
  },
  async update(resource, old, services) {
    await this.delete?.(old, services);
    await this.create?.(resource, services);
  },
  delete(resource, { functions }) {
    functions.removeQualifier(functionNameOf(resource), text(resource.outputs, "name"));
  },
};

/** The name of the function that a resource is for, which it is given by name or ARN. */
function functionNameOf({ inputs }: Pick<RecordedResource, "inputs">): string {
  const given = text(inputs, "functionName");
  return given.replace(/^(arn:[^:]+:lambda:[^:]+:)?(\d{12}:)?(function:)?/, "").replace(/:.*$/, "");
}

/** Where API Gateway invokes a function. */
function invokeArn(account: Account, functionArn: string): string {
  return arn(account, "apigateway", `lambda:path/2015-03-31/functions/${functionArn}/invocations`);
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

import {
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  type InvokeCommandInput,
} from "@aws-sdk/client-lambda";
import { expect } from "chai";
import { AwsError } from "../../../../engine/services/protocol/message";
import type { Permission } from "../../../../engine/services/protocol/operation";
import { WireServer } from "../wire-server";
import { FunctionFixture } from "./function-fixture";

describe("Lambda's HTTP API", () => {
  const asked: { operation: string; permissions: readonly Permission[] }[] = [];
  let denied = false;
  let fixture: FunctionFixture;
  let wire: WireServer;
  let lambda: LambdaClient;

  before(async () => {
    fixture = new FunctionFixture({
      authorize: (_request, operation, permissions) => {
        asked.push({ operation, permissions });
        if (denied) throw new AwsError("AccessDeniedException", "not authorized", 403);
      },
    });
    await fixture.functions.start();
    wire = new WireServer(fixture.functions);
    lambda = new LambdaClient({ ...(await wire.listen()), maxAttempts: 1 });
    await fixture.define(
      `exports.handler = async (event, context) => { if (event.fail) throw new Error("no"); console.log("seen", event); return { event, custom: context.clientContext } }`,
      { environment: { GREETING: "hello" } },
    );
  });
  after(async () => {
    lambda.destroy();
    wire.close();
    await fixture.close();
  });

  const invoke = (input: Partial<InvokeCommandInput> = {}) =>
    lambda.send(new InvokeCommand({ FunctionName: "resize", ...input }));
  const caught = (promise: Promise<unknown>) =>
    promise.then(
      () => expect.fail("it succeeded"),
      (error: unknown) => error,
    );

  it("invokes a function and answers with its result and log", async () => {
    const clientContext = Buffer.from(`{"client":1}`).toString("base64");
    const result = await invoke({ Payload: Buffer.from(`{"n":1}`), LogType: "Tail", ClientContext: clientContext });
    expect(result).to.include({ StatusCode: 200, ExecutedVersion: "$LATEST" });
    expect(result.FunctionError).to.equal(undefined);
    expect(JSON.parse(result.Payload?.transformToString() ?? "")).to.deep.equal({
      event: { n: 1 },
      custom: { client: 1 },
    });
    expect(Buffer.from(result.LogResult ?? "", "base64").toString()).to.match(
      /^START.*\n.*seen \{ n: 1 \}\nEND.*\nREPORT/,
    );
    expect(asked.at(-1)).to.deep.equal({
      operation: "Invoke",
      permissions: [
        { action: "lambda:InvokeFunction", resource: "arn:aws:lambda:us-east-1:000000000000:function:resize" },
      ],
    });
  });

  it("takes a name, a partial and a whole ARN, each with $LATEST or without", async () => {
    for (const name of [
      "000000000000:function:resize",
      "arn:aws:lambda:us-east-1:000000000000:function:resize",
      "resize:$LATEST",
    ])
      expect((await invoke({ FunctionName: name })).StatusCode).to.equal(200);
    expect(asked.at(-1)?.permissions[0]?.resource).to.equal("arn:aws:lambda:us-east-1:000000000000:function:resize");
  });

  it("says that the function failed, not the call", async () => {
    const result = await invoke({ Payload: Buffer.from(`{"fail":true}`) });
    expect(result).to.include({ StatusCode: 200, FunctionError: "Unhandled" });
    expect(JSON.parse(result.Payload?.transformToString() ?? "")).to.include({
      errorType: "Error",
      errorMessage: "no",
    });
  });

  it("accepts an event, and checks a dry run without running anything", async () => {
    expect((await invoke({ InvocationType: "Event", Payload: Buffer.from("{}") })).StatusCode).to.equal(202);
    await fixture.activity.whenIdle();
    const before = fixture.seen.length;
    expect((await invoke({ InvocationType: "DryRun" })).StatusCode).to.equal(204);
    expect(fixture.seen.length).to.equal(before);
  });

  it("runs a function by its alias, wherever the request names that", async () => {
    const { name } = fixture.functions.list()[0]?.definition ?? { name: "" };
    fixture.functions.addQualifier(name, "live");
    expect((await invoke({ Qualifier: "live" })).StatusCode).to.equal(200);
    expect((await invoke({ FunctionName: `${name}:live` })).StatusCode).to.equal(200);
    expect((await invoke({ FunctionName: `${name}:live`, Qualifier: "live" })).StatusCode).to.equal(200);
    const other = { FunctionName: `${name}:live`, Qualifier: "$LATEST" };
    expect(await caught(invoke(other))).to.include({ name: "InvalidParameterValueException" });
  });

  it("refuses with Lambda's own errors", async () => {
    expect(await caught(invoke({ FunctionName: "nobody" }))).to.include({ name: "ResourceNotFoundException" });
    expect(await caught(invoke({ Qualifier: "3" }))).to.include({ name: "ResourceNotFoundException" });
    expect(await caught(invoke({ Payload: Buffer.from("{") }))).to.include({ name: "InvalidRequestContentException" });
    const large = Buffer.from(JSON.stringify("x".repeat(6 * 1024 * 1024)));
    expect(await caught(invoke({ Payload: large }))).to.have.nested.property("$metadata.httpStatusCode", 413);
    const event = Buffer.from(JSON.stringify("x".repeat(1024 * 1024)));
    expect(await caught(invoke({ Payload: event, InvocationType: "Event" }))).to.include({
      message: "1048578 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
    });
    await fixture.define("exports.handler = async () => 1", { name: "stopped", reservedConcurrency: 0 });
    expect(await caught(invoke({ FunctionName: "stopped" }))).to.include({
      name: "TooManyRequestsException",
      Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
    });
    const unknown = await caught(lambda.send(new DeleteFunctionCommand({ FunctionName: "resize" })));
    expect(unknown).to.include({ name: "UnknownOperationException" });
  });

  it("runs nothing for a caller who may not", async () => {
    denied = true;
    const before = fixture.seen.length;
    const refused = await caught(invoke()).finally(() => (denied = false));
    expect(refused).to.include({ name: "AccessDeniedException" });
    expect(fixture.seen.length).to.equal(before);
  });

  it("describes functions", async () => {
    const one = await lambda.send(new GetFunctionCommand({ FunctionName: "resize" }));
    expect(one.Configuration).to.deep.include({
      FunctionName: "resize",
      Runtime: "nodejs24.x",
      MemorySize: 512,
      State: "Active",
      Environment: { Variables: { GREETING: "hello" } },
    });
    const same = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: "resize" }));
    expect(same.CodeSha256)
      .to.equal(one.Configuration?.CodeSha256)
      .and.to.match(/^[\w+/]{43}=$/);
    const first = await lambda.send(new ListFunctionsCommand({ MaxItems: 1 }));
    expect(first.Functions?.map(({ FunctionName }) => FunctionName)).to.deep.equal(["resize"]);
    const rest = await lambda.send(new ListFunctionsCommand({ Marker: first.NextMarker }));
    expect(rest.Functions?.map(({ FunctionName }) => FunctionName)).to.deep.equal(["stopped"]);
    expect(rest.NextMarker).to.equal(undefined);
  });

  it("lets a function wait for another when all processes are taken", async () => {
    const small = new FunctionFixture({ processLimit: 1 });
    const server = new WireServer(small.functions);
    const { endpoint } = await server.listen();
    await small.define("exports.handler = async () => 'inner'", { name: "inner" });
    server.callerArn = (
      await small.define(
        `const { LambdaClient, InvokeCommand } = require("@aws-sdk/client-lambda");
         exports.handler = async () => {
           const result = await new LambdaClient({}).send(new InvokeCommand({ FunctionName: "inner" }));
           return result.Payload.transformToString();
         }`,
        { name: "outer", environment: { AWS_ENDPOINT_URL: endpoint } },
      )
    ).roleArn;
    expect((await small.invoke({}, "outer")).value).to.equal('"inner"');
    server.close();
    await small.close();
  });
});

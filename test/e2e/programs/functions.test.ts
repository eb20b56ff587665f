import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import type { RecordedResource } from "../../../engine/graph/resource";
import { repository, tandem } from "../command";
import { imports, LocalProgram, role } from "./local-program";

const code = (text: string): string =>
  `new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.StringAsset(${JSON.stringify(text)}) })`;

describe("a program about functions", () => {
  let program: LocalProgram;
  afterEach(() => program?.close());

  it("gives resources where inputs take their names: a role, a function, an alias, secrets among them", async () => {
    program = await LocalProgram.up({
      "index.ts": `${imports}${role}
        const fn = new aws.lambda.Function("fn", { role: role.arn, runtime: "nodejs22.x", handler: "index.handler", publish: true,
          code: ${code("exports.handler = async (e) => ({ ...e, alias: true });")} });
        const policy = new aws.iam.RolePolicy("policy", { role: role, policy: { Version: "2012-10-17", Statement: [] } });
        const permission = new aws.lambda.Permission("permission", {
          action: "lambda:InvokeFunction", principal: "events.amazonaws.com", function: fn, statementId: pulumi.secret("hush"),
        });
        const live = new aws.lambda.Alias("live", { functionName: fn.name, functionVersion: fn.version, name: "live" });
        class Group extends pulumi.ComponentResource {
          constructor(name: string) { super("my:index:Group", name); this.registerOutputs({ fn }); }
        }
        class Thing extends pulumi.CustomResource { declare group: pulumi.Output<string>; }
        export const group = (new Thing("my:index:Thing", "thing", { group: new Group("group") })).group;
        export const used = [policy.role, permission.function, permission.statementId];
        export const name = fn.name;
        export const alias = live.arn;
        export const same = aws.lambda.getFunctionOutput({ functionName: fn.name }).arn;
        export const arn = fn.arn;`,
    });
    const { outputs } = program;
    expect(outputs["used"]).to.deep.equal([program.resource("role", "Role").id, outputs["name"], "hush"]);
    expect(outputs["group"]).to.equal("urn:pulumi:dev::app::my:index:Group::group");
    expect(outputs["same"]).to.equal(outputs["arn"]);
    expect(program.resource("permission", "Permission").options.secrets).to.deep.equal(["statementId"]);
    expect(await program.invoke(String(outputs["alias"]), { a: 1 })).to.deep.equal({ a: 1, alias: true });
  });

  it("takes code from an object of the same program", async () => {
    program = await LocalProgram.up({
      "index.ts": `${imports}${role}
        const bucket = new aws.s3.Bucket("code");
        const zip = new aws.s3.BucketObjectv2("zip", { bucket: bucket, key: "app.zip", source: new pulumi.asset.FileArchive("./app") });
        const fn = new aws.lambda.Function("fn", { role: role.arn, runtime: "nodejs22.x", handler: "index.handler", s3Bucket: bucket.id, s3Key: zip.key });
        export const name = fn.name;`,
      "app/index.js": "exports.handler = async () => 'from a bucket';",
    });
    expect(await program.invoke(String(program.outputs["name"]))).to.equal("from a bucket");
  });

  it("finds the project's own clients of the AWS SDK, and says how to have one that is missing", async () => {
    program = await LocalProgram.up({
      "index.ts": `${imports}${role}
        const fn = new aws.lambda.Function("fn", { role: role.arn, runtime: "nodejs22.x", handler: "index.handler",
          code: new pulumi.asset.FileArchive("./app"), timeout: 20 });
        export const name = fn.name;`,
      "app/index.js": `exports.handler = async (name) => { try { return Object.keys(require(name)).length > 0; } catch (error) { return error.message + error.code; } };`,
    });
    const name = String(program.outputs["name"]);
    expect(await program.invoke(name, "@aws-sdk/client-eventbridge")).to.equal(true);
    expect(await program.invoke(name, "@aws-sdk/client-nosuch")).to.match(
      /Lambda's runtime brings @aws-sdk\/client-nosuch along; .*\n {2}fix: npm install --save-dev @aws-sdk\/client-nosuchMODULE_NOT_FOUND$/,
    );
  });

  it("names the program's files and its packages' in stack traces, and nothing in the data folder", async () => {
    program = new LocalProgram({
      "index.ts": `${imports}${role}
        import { Function as Fn } from ${JSON.stringify(path.join(repository, "components"))};
        import { refuse } from "./lib/refuse";
        new Fn("closure", async () => {
          refuse("it");
        });
        const plain = new aws.lambda.Function("plain", { role: role.arn, runtime: "nodejs22.x", handler: "index.handler",
          code: new pulumi.asset.FileArchive("./app") });
        export const name = plain.name;`,
      "lib/refuse.ts": `import * as refusing from "refusing";
        interface What { what: string }
        export function refuse(what: string) {
          const it: What = { what };
          refusing.now(it);
        }`,
      "app/index.js": `exports.handler = async () => {
  throw new RangeError("plainly");
};`,
    });
    const modules = path.join(program.folder, "node_modules");
    fs.rmSync(modules);
    fs.mkdirSync(modules);
    for (const name of fs.readdirSync(path.join(repository, "node_modules")))
      fs.symlinkSync(path.join(repository, "node_modules", name), path.join(modules, name));
    program.write("node_modules/refusing/package.json", '{"name":"refusing","version":"1.0.0","main":"index.js"}');
    program.write(
      "node_modules/refusing/index.js",
      '// refuses\nexports.now = function now({ what }) {\n  throw new TypeError("refused: " + what);\n};',
    );
    await program.up();
    const isClosure = ({ type, name }: RecordedResource): boolean =>
      name === "closure" && type === "aws:lambda/function:Function";
    const closure = [...program.engine.graph.values()].find(isClosure)?.id ?? "";
    const { trace } = (await program.invoke(closure)) as { trace: string[] };
    const expected = [
      "TypeError: refused: it",
      /^ {4}at .*\(node_modules\/refusing\/index\.js:3:9\)$/,
      /^ {4}at .*\(lib\/refuse\.ts:5:20\)$/,
      /^ {4}at .*\(index\.ts:10:\d+\)$/,
    ] as const;
    expect(trace).to.have.length(expected.length);
    expected.forEach((line, index) => expect(trace[index]).to.match(new RegExp(line)));
    await program.invoke(String(program.outputs["name"]));
    for (const [name, text] of [
      ["closure", /failed in \d+ ms: TypeError: refused: it\n {4}at .*node_modules\/refusing\/index\.js:3:9/],
      ["plain", /failed in \d+ ms: RangeError: plainly\n {4}at .*\(app\/index\.js:2:9\)\n$/],
    ] as const) {
      const { output } = await tandem(["logs", name, "--folder", program.folder]).ended;
      expect(output).to.match(text).and.not.include(".tandem").and.not.include("bootstrap.js");
    }
    expect(JSON.stringify(program.events.filter(({ type }) => type === "log" || type === "invocation"))).not.to.include(
      ".tandem",
    );
  });

  it("hands a queue's messages to a function through an alias, and a rule's events to another", async () => {
    program = await LocalProgram.up({
      "index.ts": `${imports}${role}
        const queue = new aws.sqs.Queue("jobs", { visibilityTimeoutSeconds: 200 });
        const worker = new aws.lambda.CallbackFunction("worker", { role, callback: async (event: any) => {
          for (const record of event.Records) console.log("job", record.body);
        } });
        const live = new aws.lambda.Alias("live", { functionName: worker.name, functionVersion: "$LATEST", name: "live" });
        new aws.lambda.EventSourceMapping("mapping", { eventSourceArn: queue.arn, functionName: live.arn });
        const rule = new aws.cloudwatch.EventRule("orders", { eventPattern: JSON.stringify({ source: ["shop"] }) });
        rule.onEvent("order", async (event: any) => console.log("order", event.detail.id));
        export const url = queue.url;`,
    });
    const { services } = program.engine;
    await services.queues.sendMessage(String(program.resource("jobs", "Queue").outputs["arn"]), "one");
    await program.engine.idle();
    await services.events.publish({
      source: "shop",
      "detail-type": "order",
      detail: { id: 7 },
      resources: [],
    } as never);
    await program.engine.idle();
    expect(program.lines).to.include.members(["job one", "order 7"]);
  });

  it("answers requests to an API of plain resources", async () => {
    program = await LocalProgram.up({
      "index.ts": `${imports}${role}
        const fn = new aws.lambda.Function("fn", { role: role.arn, runtime: "nodejs22.x", handler: "index.handler",
          code: ${code("exports.handler = async (e) => ({ statusCode: 200, body: 'hello ' + e.pathParameters.name });")} });
        const api = new aws.apigatewayv2.Api("api", { protocolType: "HTTP" });
        const integration = new aws.apigatewayv2.Integration("i", {
          apiId: api.id, integrationType: "AWS_PROXY", integrationUri: fn.invokeArn, payloadFormatVersion: "2.0",
        });
        new aws.apigatewayv2.Route("r", { apiId: api.id, routeKey: "GET /hello/{name}", target: pulumi.interpolate\`integrations/\${integration.id}\` });
        const stage = new aws.apigatewayv2.Stage("s", { apiId: api.id, name: "$default", autoDeploy: true });
        new aws.lambda.Permission("p", { action: "lambda:InvokeFunction", function: fn, principal: "apigateway.amazonaws.com",
          sourceArn: pulumi.interpolate\`\${api.executionArn}/*\` });
        export const url = stage.invokeUrl;`,
    });
    const answer = await fetch(`${String(program.outputs["url"])}hello/ada`);
    expect([answer.status, await answer.text()]).to.deep.equal([200, "hello ada"]);
  });
});

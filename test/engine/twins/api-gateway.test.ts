import { expect } from "chai";
import { Engine } from "../../../engine/engine";
import type { TimedEngineEvent } from "../../../engine/services/engine-events";
import { localAccount } from "../../../engine/services/account";
import { identify } from "../../../engine/twins";
import { TemporaryProject } from "../temporary-project";

const program = `
  import * as aws from "@pulumi/aws";
  import * as pulumi from "@pulumi/pulumi";
  const service = { Service: "lambda.amazonaws.com" };
  const role = new aws.iam.Role("role", { assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal(service) });
  const text = "exports.handler = async (event) => ({ statusCode: 200, body: process.env.URL + ' ' + event.routeKey })";
  const api = new aws.apigatewayv2.Api("web", { protocolType: "HTTP" });
  const hello = new aws.lambda.Function("hello", {
    runtime: "nodejs24.x",
    handler: "index.handler",
    role: role.arn,
    environment: { variables: { URL: api.apiEndpoint } },
    code: new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.StringAsset(text) }),
  });
  new aws.lambda.Permission("permission", {
    action: "lambda:InvokeFunction", function: hello.name, principal: "apigateway.amazonaws.com",
    sourceArn: pulumi.interpolate\`\${api.executionArn}/*\`,
  });
  const integration = new aws.apigatewayv2.Integration("integration", {
    apiId: api.id, integrationType: "AWS_PROXY", integrationUri: hello.invokeArn, payloadFormatVersion: "2.0",
  });
  const target = pulumi.interpolate\`integrations/\${integration.id}\`;
  new aws.apigatewayv2.Route("one", { apiId: api.id, routeKey: "GET /one", target });
  const stage = new aws.apigatewayv2.Stage("stage", { apiId: api.id, name: "$default", autoDeploy: true });
  new aws.apigatewayv2.Api("sockets", { protocolType: "WEBSOCKET", routeSelectionExpression: "$request.body.action" });
  const quick = new aws.apigatewayv2.Api("quick", { protocolType: "HTTP", target: hello.arn });
  const domain = new aws.apigatewayv2.DomainName("domain", {
    domainName: "api.example.com",
    domainNameConfiguration: { certificateArn: "arn:aws:acm:x", endpointType: "REGIONAL", securityPolicy: "TLS_1_2" },
  });
  new aws.apigatewayv2.ApiMapping("mapping", { apiId: api.id, domainName: domain.id, stage: stage.id });
  export const url = api.apiEndpoint;
  export const invokeUrl = stage.invokeUrl;
  export const executionArn = api.executionArn;
  export const quickUrl = quick.apiEndpoint;
  export const targetName = domain.domainNameConfiguration.targetDomainName;
`;

describe("A program with an HTTP API of @pulumi/aws alone", () => {
  it("runs, keeps its address over a reload, and serves what changed", async () => {
    const project = new TemporaryProject(program);
    const engine = Engine.open({ projectFolder: project.folder });
    const events: TimedEngineEvent[] = [];
    engine.engineEvents.listen((event) => events.push(event));
    try {
      await engine.up();
      const { url, invokeUrl, executionArn, quickUrl, targetName } = engine.stackOutputs as Record<string, string>;
      expect(url).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect(invokeUrl).to.equal(`${url}/`);
      expect(executionArn).to.match(/^arn:aws:execute-api:us-east-1:000000000000:[a-z0-9]{10}$/);
      expect(targetName).to.match(/^d-[0-9a-f]{10}\.execute-api\.us-east-1\.amazonaws\.com$/);
      expect(await textOf(`${url}/one`)).to.equal(`200 ${url} GET /one`);
      expect(await textOf(`${quickUrl}/any/thing`)).to.equal(`200 ${url} $default`);
      const notices = events.flatMap((event) => (event.type === "notice" ? [event.message] : []));
      expect(notices).to.include("API sockets does not run here: it is a WebSocket API");
      expect(notices).to.include(`https://api.example.com is not served here: its API answers at ${url}`);

      project.edit(`"GET /one"`, `"GET /two"`);
      await engine.reload();
      expect(engine.stackOutputs["url"]).to.equal(url);
      expect(await textOf(`${url}/one`)).to.equal(`404 {"message":"Not Found"}`);
      expect(await textOf(`${url}/two`)).to.equal(`200 ${url} GET /two`);
    } finally {
      await engine.close();
      project.remove();
    }
  }).timeout(30_000);
});

describe("The twins of HTTP APIs", () => {
  const outputs = (type: string, inputs: Record<string, never>, account = localAccount): Record<string, unknown> =>
    identify({ urn: `urn:${type}`, type, name: "web", parent: undefined, custom: true, inputs }, account).outputs;

  it("give an API AWS's own address where no engine runs", () => {
    const type = "aws:apigatewayv2/api:Api";
    const { id } = identify({ urn: "u", type, name: "web", parent: undefined, custom: true, inputs: {} }, localAccount);
    expect(id).to.match(/^[a-z0-9]{10}$/);
    const { apiEndpoint, arn } = outputs(type, {});
    expect(apiEndpoint).to.match(/^https:\/\/[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com$/);
    expect(arn).to.match(/^arn:aws:apigateway:us-east-1::\/apis\/[a-z0-9]{10}$/);
  });

  it("give a certificate the records that would validate it, one for each name", () => {
    const inputs = { domainName: "a.example", subjectAlternativeNames: ["*.a.example", "a.example"] } as unknown;
    const { domainValidationOptions } = outputs("aws:acm/certificate:Certificate", inputs as Record<string, never>);
    expect(domainValidationOptions).to.have.length(2);
    const [first] = domainValidationOptions as Record<string, string>[];
    expect(first).to.include({ domainName: "a.example", resourceRecordType: "CNAME" });
    expect(first?.["resourceRecordName"]).to.match(/^_[0-9a-f]{32}\.a\.example\.$/);
    expect(first?.["resourceRecordValue"]).to.match(/^_[0-9a-f]{32}\.acm-validations\.aws\.$/);
  });
});

async function textOf(address: string): Promise<string> {
  const response = await fetch(address);
  return `${response.status} ${await response.text()}`;
}

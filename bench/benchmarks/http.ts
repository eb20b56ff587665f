import type { Benchmark, Measurement } from "../benchmark";
import { drive } from "../drive";
import type { DriverResult } from "../http-driver";
import { peers, runPeer } from "../http-peers";
import { processTree } from "../measure";
import { BenchProject } from "../project";
import { withUp } from "../running-up";

const connections = 10;
const seconds = 4;
const rounds = 3;

const program = `import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

const role = new aws.iam.Role("role", {
  assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" }),
});
const text = "exports.handler = async () => ({ statusCode: 200, headers: { 'content-type': 'text/plain' }, body: 'hello' })";
const hello = new aws.lambda.Function("hello", {
  runtime: "nodejs24.x",
  handler: "index.handler",
  memorySize: 512,
  timeout: 10,
  role: role.arn,
  code: new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.StringAsset(text) }),
});
const api = new aws.apigatewayv2.Api("web", { protocolType: "HTTP" });
const integration = new aws.apigatewayv2.Integration("hello", {
  apiId: api.id,
  integrationType: "AWS_PROXY",
  integrationUri: hello.invokeArn,
  payloadFormatVersion: "2.0",
});
new aws.apigatewayv2.Route("hello", {
  apiId: api.id,
  routeKey: "GET /hello",
  target: pulumi.interpolate\`integrations/\${integration.id}\`,
});
new aws.apigatewayv2.Stage("default", { apiId: api.id, name: "$default", autoDeploy: true });
export const url = api.apiEndpoint;
`;

/** Requests to an API with one function, through the function's own processes; and the same of other programs. */
export const http: Benchmark = {
  name: "http",
  about: `GET /hello of an HTTP API, ${connections} connections, best of ${rounds} × ${seconds} s: a warm function that answers at once`,
  async run() {
    const own = await withUp(BenchProject.of(program), async (up) => {
      const { outputs } = (await up.stack()).resource("API", "aws:apigatewayv2/api:Api", "web");
      up.ignoreEvents();
      const url = `${String(outputs["apiEndpoint"])}/hello`;
      await drive(url, connections, seconds);
      const before = processTree(up.pid)[0]?.resident ?? 0;
      const { requestsPerSecond, p50, p99, failed } = await best(url);
      const after = processTree(up.pid)[0]?.resident ?? 0;
      if (failed > 0) throw new Error(`${failed} requests failed`);
      return [
        { what: "requests", value: requestsPerSecond, unit: "/s" },
        { what: "p50", value: p50, unit: "ms" },
        { what: "p99", value: p99, unit: "ms" },
        { what: "engine's memory before", value: before, unit: "MiB" },
        { what: "engine's memory after", value: after, unit: "MiB" },
      ] satisfies Measurement[];
    });
    const others: Measurement[] = [];
    for (const peer of peers) {
      const result = await runPeer(peer, async (url) => {
        await drive(url, connections, seconds);
        return best(url);
      });
      if (result === undefined) continue;
      others.push(
        { what: `${peer.name}: requests`, value: result.requestsPerSecond, unit: "/s" },
        { what: `${peer.name}: p50`, value: result.p50, unit: "ms" },
        { what: `${peer.name}: p99`, value: result.p99, unit: "ms" },
      );
    }
    return [...own, ...others];
  },
};

/** The round that the rest of the machine disturbed least. */
async function best(url: string): Promise<DriverResult> {
  const results: DriverResult[] = [];
  for (let round = 0; round < rounds; round += 1) results.push(await drive(url, connections, seconds));
  const [fastest] = results.sort((a, b) => b.requestsPerSecond - a.requestsPerSecond);
  if (fastest === undefined) throw new Error("nothing was measured");
  return fastest;
}

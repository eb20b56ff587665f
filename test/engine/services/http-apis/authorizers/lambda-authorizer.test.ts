import { expect } from "chai";
import type { LambdaAuthorizerDefinition } from "../../../../../engine/services/http-apis/api-definition";
import { HttpApiFixture, type Answer } from "../http-api-fixture";

const authorizerArn = "arn:aws:lambda:us-east-1:000000000000:function:guard";

describe("A Lambda authorizer", () => {
  let fixture: HttpApiFixture;
  let asked: Record<string, unknown>[];
  let verdict: unknown;

  const guard = (changes: Partial<LambdaAuthorizerDefinition> = {}): void =>
    fixture.authorizer({
      kind: "lambda",
      id: "guard",
      name: "guard",
      identitySources: ["$request.header.X-Key"],
      uri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${authorizerArn}/invocations`,
      payloadFormat: "2.0",
      hasSimpleResponses: true,
      cacheSeconds: 0,
      ...changes,
    });
  const get = (path = "/a", key = "k"): Promise<Answer> => fixture.send("GET", path, { headers: { "x-key": key } });
  const authorizerOf = ({ body }: Answer): unknown =>
    (JSON.parse(body) as { requestContext: Record<string, unknown> }).requestContext["authorizer"];

  beforeEach(async () => {
    fixture = await HttpApiFixture.open();
    asked = [];
    verdict = { isAuthorized: true };
    fixture.handler = (event, arn) => {
      if (arn !== authorizerArn) return event;
      asked.push(event);
      if (verdict instanceof Error) throw verdict;
      return verdict;
    };
    guard();
    for (const key of ["GET /a", "GET /b"]) fixture.route(key, {}, { authorization: "CUSTOM", authorizerId: "guard" });
  });
  afterEach(() => fixture.close());

  it("says yes or no with a simple response, and hands its context to the function", async () => {
    verdict = { isAuthorized: true, context: { user: "ann", level: 7 } };
    expect(authorizerOf(await get())).to.deep.equal({ lambda: { user: "ann", level: 7 } });
    verdict = { isAuthorized: true };
    expect(authorizerOf(await get())).to.deep.equal({ lambda: null });
    verdict = { isAuthorized: false };
    expect(await get()).to.include({ status: 403, body: `{"message":"Forbidden"}` });
  });

  it("gets an event of its own, in both formats", async () => {
    await get("/a?x=1");
    const arn = "arn:aws:execute-api:us-east-1:000000000000:a1b2c3d4e5/$default/GET/a";
    expect(asked[0]).to.deep.include({
      version: "2.0",
      type: "REQUEST",
      routeArn: arn,
      identitySource: ["k"],
      routeKey: "GET /a",
      queryStringParameters: { x: "1" },
    });
    guard({ payloadFormat: "1.0" });
    verdict = policy("Allow", arn);
    expect((await get()).status).to.equal(200);
    expect(asked[1]).to.include({
      version: "1.0",
      type: "REQUEST",
      methodArn: arn,
      identitySource: "k",
      httpMethod: "GET",
    });
  });

  it("may return a policy, of which a denial counts most", async () => {
    guard({ hasSimpleResponses: false });
    const api = "arn:aws:execute-api:us-east-1:000000000000:a1b2c3d4e5";
    verdict = policy("Allow", `${api}/*/GET/a`);
    expect(authorizerOf(await get("/a"))).to.deep.equal({ lambda: { user: "ann" } });
    expect((await get("/b")).status).to.equal(403);
    verdict = policy("Deny", "*");
    expect((await get("/a")).status).to.equal(403);
    const both = [
      { Action: "execute-api:*", Effect: "Allow", Resource: `${api}/*` },
      { Action: ["execute-api:Invoke"], Effect: "Deny", Resource: [`${api}/?default/GET/b`] },
    ];
    verdict = { principalId: "ann", policyDocument: { Version: "2012-10-17", Statement: both } };
    expect((await get("/a")).status).to.equal(200);
    expect((await get("/b")).status).to.equal(403);
  });

  it("is not asked without the identity: that is a 401", async () => {
    expect(await fixture.send("GET", "/a")).to.include({ status: 401, body: `{"message":"Unauthorized"}` });
    expect((await get("/a", "")).status).to.equal(401);
    expect(asked).to.deep.equal([]);
  });

  it("that fails or answers nonsense is a 500, one that says Unauthorized a 401", async () => {
    verdict = new Error("broken");
    expect((await get()).status).to.equal(500);
    expect(fixture.notices()[0]).to.equal("web: GET /a: authorizer guard failed: broken");
    verdict = { isAuthorized: "yes" };
    expect((await get()).status).to.equal(500);
    verdict = new Error("Unauthorized");
    expect((await get()).status).to.equal(401);
  });

  it("has its answers kept by identity, for all routes and for as long as it says", async () => {
    guard({ cacheSeconds: 60 });
    await get("/a");
    await get("/b");
    await get("/a", "other");
    expect(asked).to.have.length(2);
    verdict = { isAuthorized: false };
    await fixture.clock.tick(59_999);
    expect((await get()).status).to.equal(200);
    await fixture.clock.tick(1);
    expect((await get()).status).to.equal(403);
    expect((await get()).status).to.equal(403);
    expect(asked).to.have.length(3);
  });

  it("is asked for each route by itself where the route is part of the identity", async () => {
    guard({ cacheSeconds: 60, identitySources: ["$request.header.X-Key", "$context.routeKey"] });
    await get("/a");
    await get("/b");
    await get("/b");
    expect(asked.map(({ routeKey }) => routeKey)).to.deep.equal(["GET /a", "GET /b"]);
  });
});

function policy(effect: string, resource: string): object {
  const Statement = [{ Action: "execute-api:Invoke", Effect: effect, Resource: resource }];
  return { principalId: "ann", policyDocument: { Version: "2012-10-17", Statement }, context: { user: "ann" } };
}

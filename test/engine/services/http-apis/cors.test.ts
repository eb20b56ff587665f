import { expect } from "chai";
import type { CorsDefinition } from "../../../../engine/services/http-apis/api-definition";
import { HttpApiFixture } from "./http-api-fixture";

const cors: CorsDefinition = {
  allowOrigins: ["https://app.example", "http://localhost:3000"],
  allowMethods: ["GET", "POST"],
  allowHeaders: ["Authorization", "X-Kind"],
  exposeHeaders: ["X-Count"],
  allowCredentials: true,
  maxAge: 300,
};
const asks = (origin: string): { headers: Record<string, string> } => ({
  headers: { origin, "access-control-request-method": "POST" },
});

describe("CORS", () => {
  let fixture: HttpApiFixture;
  afterEach(() => fixture.close());

  it("lets the gateway answer a preflight, without a route and without a function", async () => {
    fixture = await HttpApiFixture.open({ cors });
    fixture.handler = () => expect.fail("called");
    fixture.route("POST /items");
    for (const path of ["/items", "/elsewhere"]) {
      const { status, headers, body } = await fixture.send("OPTIONS", path, asks("https://app.example"));
      expect([status, body]).to.deep.equal([204, ""]);
      expect(headers).to.include({
        "access-control-allow-origin": "https://app.example",
        "access-control-allow-methods": "GET,POST",
        "access-control-allow-headers": "authorization,x-kind",
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "x-count",
        "access-control-max-age": "300",
      });
    }
  });

  it("permits nothing to a page that is not allowed", async () => {
    fixture = await HttpApiFixture.open({ cors });
    const { status, headers } = await fixture.send("OPTIONS", "/", asks("https://evil.example"));
    expect(status).to.equal(204);
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).to.deep.equal([]);
  });

  it("sets the API's headers on answers, instead of the function's own, also on errors", async () => {
    fixture = await HttpApiFixture.open({ cors });
    fixture.handler = () => ({
      statusCode: 200,
      headers: { "access-control-allow-origin": "*", "access-control-allow-methods": "PUT", "x-count": "1" },
    });
    fixture.route("GET /");
    const origin = { headers: { origin: "http://localhost:3000" } };
    const { headers } = await fixture.send("GET", "/", origin);
    expect(headers).to.include({ "access-control-allow-origin": "http://localhost:3000", "x-count": "1" });
    expect(headers).not.to.have.property("access-control-allow-methods");
    const missing = await fixture.send("GET", "/other", origin);
    expect(missing.status).to.equal(404);
    expect(missing.headers).to.include({ "access-control-allow-origin": "http://localhost:3000" });
    expect((await fixture.send("GET", "/")).headers).not.to.have.property("access-control-allow-origin");
  });

  it("answers a star with a star", async () => {
    fixture = await HttpApiFixture.open({ cors: { ...cors, allowOrigins: ["*"], allowCredentials: false } });
    const { headers } = await fixture.send("OPTIONS", "/", asks("https://any.example"));
    expect(headers).to.include({ "access-control-allow-origin": "*" });
    expect(headers).not.to.have.property("access-control-allow-credentials");
  });

  it("leaves a preflight to a route of its own, and to the authorizer of one for all methods", async () => {
    fixture = await HttpApiFixture.open({ cors });
    fixture.handler = () => ({ statusCode: 202 });
    fixture.route("OPTIONS /own");
    fixture.route("ANY /all");
    fixture.route("ANY /closed", {}, { authorization: "AWS_IAM" });
    expect((await fixture.send("OPTIONS", "/own", asks("https://app.example"))).status).to.equal(202);
    expect((await fixture.send("OPTIONS", "/all", asks("https://app.example"))).status).to.equal(204);
    expect((await fixture.send("OPTIONS", "/closed", asks("https://app.example"))).status).to.equal(403);
  });

  it("is off where it is not configured: the function's headers are its own", async () => {
    fixture = await HttpApiFixture.open();
    fixture.handler = () => ({ statusCode: 200, headers: { "access-control-allow-origin": "https://mine.example" } });
    fixture.route("GET /");
    const { headers } = await fixture.send("GET", "/", { headers: { origin: "https://app.example" } });
    expect(headers).to.include({ "access-control-allow-origin": "https://mine.example" });
    expect((await fixture.send("OPTIONS", "/", asks("https://app.example"))).status).to.equal(404);
  });
});

import { LambdaClient } from "@aws-sdk/client-lambda";
import { expect } from "chai";
import { HttpApiFixture, type Answer } from "../http-api-fixture";

interface Signed {
  readonly method?: string;
  readonly path?: string;
  readonly query?: Record<string, string>;
  readonly body?: string;
  readonly service?: string;
  readonly time?: number;
}

describe("An IAM authorizer", () => {
  const role = "arn:aws:iam::000000000000:role/caller";
  let fixture: HttpApiFixture;

  beforeEach(async () => {
    fixture = await HttpApiFixture.open();
    fixture.route("ANY /{rest+}", {}, { authorization: "AWS_IAM" });
  });
  afterEach(() => fixture.close());

  /** The headers of a request that an AWS SDK has signed. */
  async function sign(
    { method = "GET", path = "/a", query = {}, body = "", service = "execute-api", time = fixture.clock.now() }: Signed,
    credentials = fixture.identity.credentialsFor(role),
  ): Promise<Record<string, string>> {
    const client = new LambdaClient({ region: "us-east-1", credentials });
    const signer = await client.config.signer({
      name: "sigv4",
      signingName: service,
      signingRegion: "us-east-1",
      properties: {},
    });
    const { port } = fixture;
    const headers = { host: `127.0.0.1:${port}` };
    const request = { method, protocol: "http:", hostname: "127.0.0.1", port, path, query, headers, body };
    const signed = await signer.sign(request, { signingDate: new Date(time), signingService: service });
    client.destroy();
    return signed.headers as Record<string, string>;
  }
  const authorizerOf = ({ body }: Answer): unknown =>
    (JSON.parse(body) as { requestContext: Record<string, unknown> }).requestContext["authorizer"];

  it("lets through who signs with a key of the stack, and says who it is", async () => {
    const { accessKeyId } = fixture.identity.credentialsFor(role);
    const answer = await fixture.send("GET", "/a?x=1&y=a%20b", {
      headers: await sign({ query: { x: "1", y: "a b" } }),
    });
    expect(answer.status).to.equal(200);
    expect(authorizerOf(answer)).to.deep.equal({
      iam: {
        accessKey: accessKeyId,
        accountId: "000000000000",
        callerId: accessKeyId,
        cognitoIdentity: null,
        principalOrgId: null,
        userArn: role,
        userId: accessKeyId,
      },
    });
  });

  it("verifies the body", async () => {
    const headers = await sign({ method: "POST", body: "hello" });
    expect((await fixture.send("POST", "/a", { headers, body: "hello" })).status).to.equal(200);
    expect((await fixture.send("POST", "/a", { headers, body: "jello" })).status).to.equal(403);
    const undeclared = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== "x-amz-content-sha256"));
    expect((await fixture.send("POST", "/a", { headers: undeclared, body: "jello" })).status).to.equal(403);
  });

  it("says 403 to everyone else", async () => {
    const refused = async (headers: Record<string, string>, path = "/a"): Promise<void> => {
      expect(await fixture.send("GET", path, { headers })).to.include({ status: 403, body: `{"message":"Forbidden"}` });
    };
    await refused({});
    await refused({ authorization: "Bearer x" });
    await refused({ authorization: "AWS4-HMAC-SHA256 Credential=x" });
    await refused(await sign({}), "/b");
    await refused(await sign({ service: "lambda" }));
    await refused(await sign({ time: fixture.clock.now() - 16 * 60_000 }));
    await refused(await sign({}, { accessKeyId: "AKIAUNKNOWN", secretAccessKey: "x" }));
    await refused(await sign({}, { ...fixture.identity.credentialsFor(role), secretAccessKey: "x" }));
    expect(fixture.faults).to.deep.equal([]);
  });
});

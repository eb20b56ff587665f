import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from "jose";
import { HttpApiFixture, type Answer } from "../http-api-fixture";

/** An issuer of tokens on loopback. */
class Issuer {
  public url = "";
  public asked = 0;
  public keys: { kid: string; privateKey: CryptoKey; jwk: object }[] = [];
  private readonly server = http.createServer((request, response) => {
    this.asked += 1;
    const document =
      request.url?.endsWith("/openid-configuration") === true
        ? { issuer: this.url, jwks_uri: `${this.url}/keys` }
        : { keys: this.keys.map(({ jwk }) => jwk) };
    response.end(JSON.stringify(document));
  });

  public async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/pool`;
    await this.addKey("first");
  }

  public async addKey(kid: string, alg = "RS256"): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    this.keys.push({ kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } });
  }

  /** A token for an hour, with `changes`. */
  public sign(now: number, changes: JWTPayload = {}, kid = "first", alg = "RS256"): Promise<string> {
    const seconds = Math.floor(now / 1000);
    const payload = { iss: this.url, aud: "app", sub: "ann", iat: seconds, exp: seconds + 3600, ...changes };
    const key = this.keys.find((each) => each.kid === kid)?.privateKey;
    if (key === undefined) throw new Error(`there is no key ${kid}`);
    return new SignJWT(payload).setProtectedHeader({ alg, kid }).sign(key);
  }

  public stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

describe("A JWT authorizer", () => {
  let issuer: Issuer;
  let fixture: HttpApiFixture;

  beforeEach(async () => {
    issuer = new Issuer();
    await issuer.start();
    fixture = await HttpApiFixture.open();
    fixture.authorizer({
      kind: "jwt",
      id: "jwt",
      name: "users",
      identitySources: ["$request.header.Authorization"],
      issuer: issuer.url,
      audiences: ["app", "other"],
    });
    fixture.route("GET /", {}, { authorization: "JWT", authorizerId: "jwt" });
    fixture.route("GET /scoped", {}, { authorization: "JWT", authorizerId: "jwt", scopes: ["read", "admin"] });
  });
  afterEach(async () => {
    issuer.stop();
    await fixture.close();
  });

  const get = (token?: string, path = "/"): Promise<Answer> =>
    fixture.send("GET", path, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
  const sign = (changes?: JWTPayload, kid?: string): Promise<string> => issuer.sign(fixture.clock.now(), changes, kid);

  it("hands the token's claims to the function, all as texts", async () => {
    const token = await sign({ groups: ["a", "b"], admin: true, level: 7, address: { city: "Ulm" } });
    const { requestContext } = JSON.parse((await get(token)).body) as { requestContext: Record<string, object> };
    const seconds = Math.floor(fixture.clock.now() / 1000);
    expect(requestContext["authorizer"]).to.deep.equal({
      jwt: {
        claims: {
          iss: issuer.url,
          aud: "app",
          sub: "ann",
          iat: String(seconds),
          exp: String(seconds + 3600),
          groups: "[a b]",
          admin: "true",
          level: "7",
          address: "map[city:Ulm]",
        },
        scopes: null,
      },
    });
    expect((await fixture.send("GET", "/", { headers: { authorization: token } })).status).to.equal(200);
  });

  it("says 401 without a token, and why with one that does not hold", async () => {
    const none = await get();
    expect(none).to.include({ status: 401, body: `{"message":"Unauthorized"}` });
    expect(none.headers["www-authenticate"]).to.equal("Bearer");
    const seconds = Math.floor(fixture.clock.now() / 1000);
    for (const [changes, why] of [
      [{ aud: "foreign" }, "the token does not have a valid audience"],
      [{ iss: "https://evil.example" }, "the token does not have a valid issuer"],
      [{ exp: seconds - 1 }, "the token has expired"],
      [{ exp: undefined }, "the token does not have a valid exp"],
      [{ nbf: seconds + 60 }, "the token is not valid yet"],
      [{ iat: seconds + 60 }, "the token was issued in the future"],
    ] as const) {
      const { status, headers } = await get(await sign(changes as JWTPayload));
      expect(status, why).to.equal(401);
      const expected = `Bearer scope="" error="invalid_token" error_description="${why}"`;
      expect(headers["www-authenticate"]).to.equal(expected);
    }
    expect((await get("nonsense")).headers["www-authenticate"]).to.contain("the token is malformed");
  });

  it("takes the client's id where there is no audience", async () => {
    expect((await get(await sign({ aud: undefined, client_id: "other" }))).status).to.equal(200);
    expect((await get(await sign({ aud: "foreign", client_id: "other" }))).status).to.equal(401);
    expect((await get(await sign({ aud: undefined }))).status).to.equal(401);
  });

  it("refuses forged signatures, other algorithms, and none", async () => {
    const token = await sign();
    const [head = "", , signature = ""] = token.split(".");
    const payload = Buffer.from(JSON.stringify({ iss: issuer.url, aud: "app", exp: 9e9 })).toString("base64url");
    expect((await get(`${head}.${payload}.${signature}`)).headers["www-authenticate"]).to.contain("invalid signature");
    const none = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
    expect((await get(`${none}.${payload}.`)).status).to.equal(401);
    await issuer.addKey("curve", "ES256");
    const elliptic = await issuer.sign(fixture.clock.now(), {}, "curve", "ES256");
    expect((await get(elliptic)).headers["www-authenticate"]).to.contain("signing method");
  });

  it("needs one of the route's scopes, else says 403", async () => {
    const { status, headers } = await get(await sign({ scope: "write openid" }), "/scoped");
    expect(status).to.equal(403);
    expect(headers["www-authenticate"]).to.contain(`scope="read admin" error="insufficient_scope"`);
    for (const claims of [{ scope: "write read" }, { scp: ["admin"] }]) {
      const { body } = await get(await sign(claims), "/scoped");
      const { requestContext } = JSON.parse(body) as { requestContext: Record<string, unknown> };
      expect(requestContext["authorizer"]).to.have.nested.property("jwt.scopes").that.is.an("array").that.is.not.empty;
    }
  });

  it("keeps the issuer's keys for two hours, and asks again for a key that is new, but not at once", async () => {
    await get(await sign());
    await get(await sign());
    expect(issuer.asked).to.equal(2);
    await issuer.addKey("second");
    const early = await sign({}, "second");
    expect((await get(early)).status).to.equal(401);
    expect(issuer.asked).to.equal(2);
    await fixture.clock.tick(30_000);
    expect((await get(early)).status).to.equal(200);
    expect(issuer.asked).to.equal(4);
    await fixture.clock.tick(2 * 3_600_000);
    expect((await get(await sign())).status).to.equal(200);
    expect(issuer.asked).to.equal(6);
  });

  it("says 401 and names the address where the issuer cannot be reached", async () => {
    const token = await sign();
    issuer.stop();
    expect((await get(token)).status).to.equal(401);
    expect(fixture.notices()[0]).to.contain(`${issuer.url}/.well-known/openid-configuration cannot be read`);
    expect(fixture.faults).to.deep.equal([]);
  });
});

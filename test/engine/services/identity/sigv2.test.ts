import { DatabaseSync } from "node:sqlite";

import { expect } from "chai";

import { localAccount } from "../../../../engine/services/account";
import { Identity } from "../../../../engine/services/identity/identity";
import { verifySigV2 } from "../../../../engine/services/identity/sigv2";
import { FakeClock } from "../../../../testing/fake-clock";

// Signed by botocore 1.43 with signature_version="s3": put_object(Bucket="media", Key="a b.txt", ContentType="text/x").
const address =
  "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=TzPR%2FfaouSkeam8ZtDXZqWeNk8k%3D&content-type=text%2Fx&Expires=1795348996";

function verify(
  change: { method?: string; rawPath?: string; rawQuery?: string; type?: string; now?: number } = {},
): string {
  const database = new DatabaseSync(":memory:");
  new Identity(database, localAccount);
  database
    .prepare("INSERT INTO identity_keys (arn, access_key_id, secret) VALUES (?, ?, ?)")
    .run("arn:example", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
  const { method = "PUT", rawPath = "/media/a%20b.txt", rawQuery = address, type = "text/x" } = change;
  const request = { method, rawPath, rawQuery, rawHeaders: ["Host", "127.0.0.1", "Content-Type", type] };
  const clock = new FakeClock(change.now ?? 1_000_000);
  return verifySigV2(request, new Identity(database, localAccount), clock)?.caller.arn ?? "none";
}

describe("The verification of a presigned address of version 2", () => {
  it("accepts one that botocore signed", () => {
    expect(verify()).to.equal("arn:example");
  });

  it("refuses it for another key, method, type, sub-resource or time", () => {
    const changes = [
      { rawPath: "/media/other" },
      { method: "GET" },
      { type: "text/html" },
      { rawQuery: `${address}&acl` },
      { rawQuery: address.replace("Expires=", "Expires=1") },
    ];
    for (const change of changes) {
      expect(() => verify(change), JSON.stringify(change))
        .to.throw()
        .with.property("code", "SignatureDoesNotMatch");
    }
    const unknown = address.replace("AKIAIOSFODNN7EXAMPLE", "AKIANOBODY");
    expect(() => verify({ rawQuery: unknown }))
      .to.throw()
      .with.property("code", "InvalidAccessKeyId");
  });

  it("refuses it once it has expired", () => {
    const expires = 1_795_348_996;
    expect(verify({ now: expires * 1000 })).to.equal("arn:example");
    expect(() => verify({ now: expires * 1000 + 1 }))
      .to.throw()
      .with.property("message", "Request has expired");
  });

  it("leaves every other request alone", () => {
    expect(verify({ rawQuery: "X-Amz-Signature=1" })).to.equal("none");
  });
});

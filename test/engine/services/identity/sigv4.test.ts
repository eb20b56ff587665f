import { DatabaseSync } from "node:sqlite";

import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { expect } from "chai";

import { localAccount } from "../../../../engine/services/account";
import type { SignedRequest } from "../../../../engine/services/identity/canonical-request";
import { Identity } from "../../../../engine/services/identity/identity";
import { readClaim, verifyClaim } from "../../../../engine/services/identity/sigv4";
import { FakeClock } from "../../../../testing/fake-clock";

// AWS's own example: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html ("GET Object").
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const exampleHeaders = {
  host: "examplebucket.s3.amazonaws.com",
  range: "bytes=0-9",
  "x-amz-content-sha256": emptyHash,
  "x-amz-date": "20130524T000000Z",
  authorization:
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request," +
    "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date," +
    "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
};
const presignedQuery =
  "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
  "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host" +
  "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
const signedAt = Date.parse("2013-05-24T00:00:00Z");

function exampleIdentity(): Identity {
  const database = new DatabaseSync(":memory:");
  new Identity(database, localAccount);
  database
    .prepare("INSERT INTO identity_keys (arn, access_key_id, secret) VALUES (?, ?, ?)")
    .run("arn:example", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
  return new Identity(database, localAccount);
}

function verify(
  change: { headers?: Record<string, string>; query?: string; path?: string; now?: number } = {},
): string {
  const headers: Record<string, string> = { ...exampleHeaders, ...change.headers };
  const request: SignedRequest = {
    method: "GET",
    rawPath: change.path ?? "/test.txt",
    rawQuery: change.query ?? "",
    rawHeaders: Object.entries(headers)
      .filter(([, value]) => value !== "")
      .flat(),
  };
  const claim = readClaim(request, (name) => headers[name] || undefined);
  if (!claim) return "anonymous";
  const clock = new FakeClock(change.now ?? signedAt);
  return verifyClaim(claim, request, claim.payloadHash ?? "", exampleIdentity(), clock).caller.arn;
}

const presigned = {
  headers: { authorization: "", "x-amz-content-sha256": "", "x-amz-date": "" },
  query: presignedQuery,
};

describe("The verification of a signature", () => {
  it("accepts the example in AWS's documentation, signed in headers", () => {
    expect(verify()).to.equal("arn:example");
  });

  it("accepts the example in AWS's documentation, signed in the address", () => {
    expect(verify(presigned)).to.equal("arn:example");
  });

  it("refuses a request that was changed after it was signed", () => {
    for (const change of [{ path: "/other.txt" }, { query: "versionId=1" }, { headers: { range: "bytes=0-99" } }]) {
      expect(() => verify(change))
        .to.throw()
        .with.property("code", "SignatureDoesNotMatch");
    }
  });

  it("refuses a header of AWS that was added after signing", () => {
    expect(() => verify({ headers: { "x-amz-meta-added": "1" } }))
      .to.throw()
      .with.property("message", "There were headers present in the request which were not signed");
    const copying = { ...presigned.headers, "x-amz-copy-source": "/other/key" };
    expect(() => verify({ ...presigned, headers: copying }))
      .to.throw()
      .with.property("code", "AccessDenied");
  });

  it("allows a clock to be off by 15 minutes, either way, and no more", () => {
    const minutes = (count: number): number => signedAt + count * 60_000;
    expect(verify({ now: minutes(15) })).to.equal("arn:example");
    expect(verify({ now: minutes(-15) })).to.equal("arn:example");
    for (const now of [minutes(15) + 1, minutes(-15) - 1]) {
      expect(() => verify({ now }))
        .to.throw()
        .with.property("code", "RequestTimeTooSkewed");
    }
  });

  it("accepts an address that was presigned on this machine and is used in a container, and no other host", async () => {
    const client = new S3Client({
      endpoint: "http://127.0.0.1:4566",
      region: "us-east-1",
      forcePathStyle: true,
      credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" },
    });
    const command = new GetObjectCommand({ Bucket: "media", Key: "test.txt" });
    const url = new URL(await getSignedUrl(client, command, { signingDate: new Date(signedAt) }));
    const asked = (host: string) =>
      verify({ headers: { ...presigned.headers, range: "", host }, path: url.pathname, query: url.search.slice(1) });
    expect(asked("127.0.0.1:4566")).to.equal("arn:example");
    expect(asked("host.docker.internal:4566")).to.equal("arn:example");
    for (const host of ["host.docker.internal:4567", "evil.example.com:4566"]) {
      expect(() => asked(host))
        .to.throw()
        .with.property("code", "SignatureDoesNotMatch");
    }
  });

  it("refuses a presigned address once it has expired", () => {
    expect(verify({ ...presigned, now: signedAt + 86_400_000 })).to.equal("arn:example");
    expect(() => verify({ ...presigned, now: signedAt + 86_400_001 }))
      .to.throw()
      .with.property("message", "Request has expired");
  });

  it("refuses a presigned address that claims to be valid for longer than a week", () => {
    const query = presignedQuery.replace("Expires=86400", "Expires=604801");
    expect(() => verify({ ...presigned, query }))
      .to.throw()
      .with.property("code", "AuthorizationQueryParametersError");
  });

  it("refuses a signature that is not of the day of its time, or says too little", () => {
    const authorization = (change: (text: string) => string) => ({
      authorization: change(exampleHeaders.authorization),
    });
    const code = (headers: Record<string, string>): string => {
      try {
        return verify({ headers });
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const malformed = [
      (text: string) => text.replace("/20130524/", "/20130523/"),
      (text: string) => text.replace("/20130524/", "/2013/"),
      (text: string) => text.replace(/SignedHeaders=[^,]+,/, "SignedHeaders=,"),
      (text: string) => text.replace(/Signature=.*/, "Signature="),
      (text: string) => text.replace("/aws4_request", "/aws5_request"),
      (text: string) => text.replace("/aws4_request", ""),
      (text: string) => text.replace("AKIAIOSFODNN7EXAMPLE/", "/"),
      (text: string) => text.replace("/us-east-1/", "//"),
      (text: string) => text.replace("/s3/", "//"),
      (text: string) => text.replace("/aws4_request", "/aws4_request/more"),
    ];
    for (const change of malformed)
      expect(code(authorization(change)), String(change)).to.equal("AuthorizationHeaderMalformed");
  });

  it("names the region that is expected, in a header and in an address", () => {
    const authorization = exampleHeaders.authorization.replace("us-east-1", "eu-west-1");
    expect(() => verify({ headers: { authorization } }))
      .to.throw()
      .with.property("code", "AuthorizationHeaderMalformed");
    expect(() => verify({ ...presigned, query: presignedQuery.replace("us-east-1", "eu-west-1") }))
      .to.throw()
      .with.deep.include({ code: "AuthorizationQueryParametersError", details: { Region: "us-east-1" } });
  });

  it("names an unknown key in the words of the service", () => {
    const authorization = exampleHeaders.authorization.replace("AKIAIOSFODNN7EXAMPLE", "AKIAUNKNOWN");
    expect(() => verify({ headers: { authorization } }))
      .to.throw()
      .with.property("code", "InvalidAccessKeyId");
    const lambda = authorization.replace("/s3/", "/lambda/");
    expect(() => verify({ headers: { authorization: lambda } }))
      .to.throw()
      .with.property("code", "UnrecognizedClientException");
  });

  it("refuses the older ways of signing, and what is no signature at all", () => {
    expect(() => verify({ headers: { authorization: "AWS AKIAIOSFODNN7EXAMPLE:abc" } }))
      .to.throw()
      .with.property("code", "InvalidRequest");
    expect(() => verify({ headers: { authorization: "AWS4-HMAC-SHA256 nonsense" } }))
      .to.throw()
      .with.property("code", "AuthorizationHeaderMalformed");
    expect(() => verify({ headers: { "x-amz-date": "yesterday" } }))
      .to.throw()
      .with.property("code", "AccessDenied");
  });

  it("takes a request without any signature for anonymous", () => {
    expect(verify({ headers: { authorization: "" } })).to.equal("anonymous");
  });
});

import http from "node:http";

import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { expect } from "chai";

import { AwsError } from "../../../../../engine/services/protocol/message";
import type { Permission } from "../../../../../engine/services/protocol/operation";
import { startObjectStore, type ObjectStoreFixture } from "../object-store-fixture";

interface PlainAnswer {
  readonly status: number | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

function plain(port: number, method: string, path: string, headers: Record<string, string> = {}): Promise<PlainAnswer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    request.on("error", reject).end();
  });
}

describe("S3Service", () => {
  const Bucket = "media";
  let fixture: ObjectStoreFixture;
  let asked: { operation: string; permissions: readonly Permission[] }[] = [];
  let denied: string[] = [];

  before(async () => {
    fixture = await startObjectStore({
      authorize(request, operation, permissions) {
        asked.push({ operation, permissions });
        const isDenied = permissions.some(({ action, resource }) => denied.includes(`${action} ${resource}`));
        if (!request.caller || isDenied) throw new AwsError("AccessDenied", "Access Denied", 403);
      },
    });
    await fixture.store.createBucket(Bucket, {
      cors: [
        {
          allowedOrigins: ["https://*.example.com"],
          allowedMethods: ["GET"],
          allowedHeaders: ["x-*"],
          maxAgeSeconds: 5,
        },
      ],
    });
    await fixture.store.put(Bucket, "a/b", "text");
  });
  after(() => fixture.close());
  beforeEach(() => {
    asked = [];
    denied = [];
  });

  const codeOf = async (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "none",
      (error: Error) => error.name,
    );

  it("answers sub-resources that it does not have with NotImplemented, and touches nothing", async () => {
    const { client } = fixture;
    expect(await codeOf(client.send(new PutBucketPolicyCommand({ Bucket, Policy: "{}" })))).to.equal("NotImplemented");
    expect((await plain(fixture.port, "DELETE", "/media?session")).status).to.equal(501);
    expect((await plain(fixture.port, "DELETE", "/media/a/b?anything=new")).status).to.equal(501);
    expect((await plain(fixture.port, "GET", "/media/a/b?torrent")).status).to.equal(501);
    expect((await plain(fixture.port, "POST", "/media")).status).to.equal(412);
    expect(await (await fixture.store.get(Bucket, "a/b")).body.toArray().then(String)).to.equal("text");
  });

  it("answers anonymous requests with AccessDenied, in XML", async () => {
    const answer = await plain(fixture.port, "GET", "/media/a/b");
    expect(answer.status).to.equal(403);
    expect(answer.headers["content-type"]).to.equal("application/xml");
    expect(answer.body).to.contain("<Code>AccessDenied</Code>").and.not.contain("<Resource>");
    expect((await plain(fixture.port, "HEAD", "/media/a/b")).body).to.equal("");
  });

  it("asks for the permission that AWS asks for", async () => {
    await fixture.client.send(new GetObjectCommand({ Bucket, Key: "a/b" }));
    expect(asked).to.deep.equal([
      { operation: "GetObject", permissions: [{ action: "s3:GetObject", resource: "arn:aws:s3:::media/a/b" }] },
    ]);
  });

  it("tells only those who may list that a key is not there", async () => {
    const read = (): Promise<string> => codeOf(fixture.client.send(new GetObjectCommand({ Bucket, Key: "never" })));
    expect(await read()).to.equal("NoSuchKey");
    denied = ["s3:ListBucket arn:aws:s3:::media"];
    expect(await read()).to.equal("AccessDenied");
  });

  it("deletes of many keys those that the caller may, and names the others", async () => {
    await fixture.store.put(Bucket, "mine", "x");
    denied = ["s3:DeleteObject arn:aws:s3:::media/a/b"];
    const Delete = { Objects: [{ Key: "mine" }, { Key: "a/b" }] };
    const answer = await fixture.client.send(new DeleteObjectsCommand({ Bucket, Delete }));
    expect(answer.Deleted?.map(({ Key }) => Key)).to.deep.equal(["mine"]);
    expect(answer.Errors?.map(({ Key, Code }) => [Key, Code])).to.deep.equal([["a/b", "AccessDenied"]]);
  });

  it("makes, describes and removes buckets", async () => {
    const { client } = fixture;
    await client.send(new CreateBucketCommand({ Bucket: "made" }));
    await client.send(new HeadBucketCommand({ Bucket: "made" }));
    expect((await client.send(new GetBucketLocationCommand({ Bucket: "made" }))).LocationConstraint).to.be.oneOf([
      undefined,
      "",
    ]);
    expect((await client.send(new GetBucketVersioningCommand({ Bucket: "made" }))).Status).to.equal(undefined);
    const { Buckets } = await client.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).to.deep.equal(["made", Bucket]);
    await client.send(new PutObjectCommand({ Bucket: "made", Key: "a", Body: "x" }));
    expect(await codeOf(client.send(new DeleteBucketCommand({ Bucket: "made" })))).to.equal("BucketNotEmpty");
    fixture.store.delete("made", "a");
    await client.send(new DeleteBucketCommand({ Bucket: "made" }));
    expect(await codeOf(client.send(new HeadBucketCommand({ Bucket: "made" })))).to.equal("NotFound");
    for (const name of ["Not_A_Bucket", "xn--reserved", "reserved-s3alias"]) {
      expect(await codeOf(client.send(new CreateBucketCommand({ Bucket: name })))).to.equal("InvalidBucketName");
    }
    const elsewhere = (LocationConstraint: string) =>
      client.send(
        new CreateBucketCommand({
          Bucket: "elsewhere",
          CreateBucketConfiguration: { LocationConstraint: LocationConstraint as "us-west-1" },
        }),
      );
    expect(await codeOf(elsewhere("nowhere"))).to.equal("InvalidLocationConstraint");
    await elsewhere("us-west-1");
    expect(await codeOf(elsewhere("us-west-1"))).to.equal("BucketAlreadyOwnedByYou");
    const location = await client.send(new GetBucketLocationCommand({ Bucket: "elsewhere" }));
    expect(location.LocationConstraint).to.equal("us-west-1");
    await client.send(new DeleteBucketCommand({ Bucket: "elsewhere" }));
  });

  it("finds the bucket in the host name", async () => {
    for (const host of [`media.localhost:${fixture.port}`, "media.s3.localhost", "media.s3.us-east-1.localhost:1"]) {
      const answer = await plain(fixture.port, "GET", "/a/b", { host });
      expect(answer.status).to.equal(403);
      expect(asked.at(-1)?.permissions[0]?.resource, host).to.equal("arn:aws:s3:::media/a/b");
    }
    await plain(fixture.port, "GET", "/media/a/b", { host: "s3.localhost" });
    expect(asked.at(-1)?.permissions[0]?.resource).to.equal("arn:aws:s3:::media/a/b");
  });

  it("takes a key with dots for a key", async () => {
    await plain(fixture.port, "GET", "/media/../other/%2e%2e/x");
    expect(asked.at(-1)?.permissions[0]?.resource).to.equal("arn:aws:s3:::media/../other/../x");
    expect((await plain(fixture.port, "GET", "/media/%ff")).body).to.contain("InvalidURI");
  });

  it("lets a browser ask by the bucket's CORS rules", async () => {
    const ask = (origin: string, method: string, headers: string): Promise<PlainAnswer> =>
      plain(fixture.port, "OPTIONS", "/media/a/b", {
        origin,
        "access-control-request-method": method,
        "access-control-request-headers": headers,
      });
    const allowed = await ask("https://app.example.com", "GET", "x-one");
    expect(allowed.status).to.equal(200);
    expect(allowed.headers).to.include({
      "access-control-allow-origin": "https://app.example.com",
      "access-control-allow-methods": "GET",
      "access-control-allow-headers": "x-one",
      "access-control-max-age": "5",
    });
    expect((await ask("https://evil.test", "GET", "x-one")).status).to.equal(403);
    expect((await ask("https://app.example.com", "PUT", "x-one")).status).to.equal(403);
    expect((await ask("https://app.example.com", "GET", "authorization")).status).to.equal(403);
    const denial = await plain(fixture.port, "GET", "/media/a/b", { origin: "https://app.example.com" });
    expect(denial.headers["access-control-allow-origin"]).to.equal("https://app.example.com");
    const other = await plain(fixture.port, "GET", "/media/a/b", { origin: "https://evil.test" });
    expect(other.headers["access-control-allow-origin"]).to.equal(undefined);
  });
});

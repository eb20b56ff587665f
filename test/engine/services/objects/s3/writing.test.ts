import fs from "node:fs";
import { Readable } from "node:stream";

import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type ChecksumAlgorithm,
  type PutObjectCommandInput,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { expect } from "chai";
import sinon from "sinon";

import { startObjectStore, type ObjectStoreFixture } from "../object-store-fixture";

describe("Writing objects over S3", () => {
  const Bucket = "media";
  let fixture: ObjectStoreFixture;

  before(async () => {
    fixture = await startObjectStore();
    await fixture.store.createBucket(Bucket, { publishEvents: true });
  });
  after(async () => {
    await fixture.close();
    expect(fixture.faults).to.deep.equal([]);
  });
  afterEach(() => sinon.restore());

  const put = (Key: string, Body: PutObjectCommandInput["Body"], rest: Partial<PutObjectCommandInput> = {}) =>
    fixture.client.send(new PutObjectCommand({ Bucket, Key, Body, ...rest }));
  const text = async (Key: string): Promise<string | undefined> =>
    (await fixture.client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
  const codeOf = async (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "none",
      (error: Error) => error.name,
    );
  const hiddenFiles = (): string[] => fs.readdirSync(`${fixture.folder}/objects/${Bucket}`);

  for (const ChecksumAlgorithm of ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as ChecksumAlgorithm[]) {
    it(`verifies and keeps ${ChecksumAlgorithm}`, async () => {
      const sent = await put("sum", "hello world", { ChecksumAlgorithm });
      const name = `Checksum${ChecksumAlgorithm}` as const;
      const asked = new HeadObjectCommand({ Bucket, Key: "sum", ChecksumMode: "ENABLED" });
      const head = (await fixture.client.send(asked)) as unknown as Record<string, string>;
      expect(head[name])
        .to.be.a("string")
        .and.equal((sent as unknown as Record<string, string>)[name]);
      expect(head.ChecksumType).to.equal("FULL_OBJECT");
      const wrong = { [name]: Buffer.alloc(Buffer.from(head[name] ?? "", "base64").length).toString("base64") };
      expect(await codeOf(put("sum", "other", wrong))).to.equal("BadDigest");
      expect(await text("sum")).to.equal("hello world");
    });
  }

  it("takes a stream in signed-off chunks, with its checksum behind it", async () => {
    const bytes = Buffer.alloc(300_000, "stream");
    await put("stream", Readable.from([bytes.subarray(0, 100_000), bytes.subarray(100_000)]), {
      ContentLength: bytes.length,
    });
    expect(fs.readFileSync(`${fixture.folder}/buckets/${Bucket}/stream`).equals(bytes)).to.equal(true);
    const head = await fixture.client.send(new HeadObjectCommand({ Bucket, Key: "stream", ChecksumMode: "ENABLED" }));
    expect(head.ContentEncoding).to.equal(undefined);
    expect(head.ChecksumCRC32).to.be.a("string");
  });

  it("verifies Content-MD5", async () => {
    expect(await codeOf(put("md5", "a", { ContentMD5: "XUFAKrxLKna5cZ2REBfFkg==" }))).to.equal("BadDigest");
    expect(await codeOf(put("md5", "a", { ContentMD5: "nonsense" }))).to.equal("InvalidDigest");
    expect(await codeOf(put("md5", "hello", { ContentMD5: "XUFAKrxLKna5cZ2REBfFkg==" }))).to.equal("none");
  });

  it("creates only where there is nothing, and replaces only what was expected", async () => {
    const { ETag } = await put("once", "1", { IfNoneMatch: "*" });
    expect(await codeOf(put("once", "2", { IfNoneMatch: "*" }))).to.equal("PreconditionFailed");
    expect(await codeOf(put("once", "2", { IfMatch: '"other"' }))).to.equal("PreconditionFailed");
    expect(await codeOf(put("never", "2", { IfMatch: ETag }))).to.equal("NoSuchKey");
    expect(await text("once")).to.equal("1");
    await put("once", "2", { IfMatch: ETag });
    expect(await text("once")).to.equal("2");
  });

  it("lets one of two writers at once create an object", async () => {
    const codes = await Promise.all(["a", "b"].map((body) => codeOf(put("race", body, { IfNoneMatch: "*" }))));
    expect(codes.sort()).to.deep.equal(["PreconditionFailed", "none"]);
  });

  it("leaves nothing behind of a put that failed", async () => {
    const before = hiddenFiles().length;
    await codeOf(put("sum", "x", { ContentMD5: "XUFAKrxLKna5cZ2REBfFkg==" }));
    await codeOf(put("once", "x", { IfNoneMatch: "*" }));
    expect(hiddenFiles()).to.have.length(before);
  });

  it("refuses too long keys and too much metadata", async () => {
    expect(await codeOf(put("k".repeat(1025), "x"))).to.equal("KeyTooLongError");
    expect(await codeOf(put("k".repeat(1024), "x"))).to.equal("none");
    expect(await codeOf(put("m", "x", { Metadata: { m: "x".repeat(2048) } }))).to.equal("MetadataTooLarge");
  });

  it("refuses what it would otherwise have to ignore", async () => {
    expect(await codeOf(put("x", "x", { ObjectLockLegalHoldStatus: "ON" }))).to.equal("NotImplemented");
    expect(await codeOf(put("x", "x", { ACL: "public-read" }))).to.equal("AccessControlListNotSupported");
    expect(await codeOf(put("x", "x", { ACL: "private" }))).to.equal("none");
    expect(await codeOf(put("x", "x", { StorageClass: "COLD" as "GLACIER" }))).to.equal("InvalidStorageClass");
    expect(await codeOf(put("x", "x", { StorageClass: "GLACIER_IR" }))).to.equal("none");
    expect(await codeOf(put("x", "x", { ServerSideEncryption: "ROT13" as "AES256" }))).to.equal("InvalidArgument");
    const elsewhere = put("x", "x", { ExpectedBucketOwner: "123456789012" });
    expect(await codeOf(elsewhere)).to.equal("AccessDenied");
  });

  it("takes a put and a get at a presigned address", async () => {
    const url = await getSignedUrl(fixture.client, new PutObjectCommand({ Bucket, Key: "signed" }), { expiresIn: 60 });
    expect((await fetch(url, { method: "PUT", body: "by address" })).status).to.equal(200);
    const read = await getSignedUrl(fixture.client, new GetObjectCommand({ Bucket, Key: "signed" }), { expiresIn: 60 });
    expect(await (await fetch(read)).text()).to.equal("by address");
    expect((await fetch(read.replace("/signed?", "/once?"))).status).to.equal(403);
  });

  it("keeps the old object and says so when the disk is full", async () => {
    await put("kept", "old");
    const full = Object.assign(new Error("no space"), { code: "ENOSPC" });
    const prototype = Object.getPrototypeOf(await fs.promises.open(process.execPath).then(closed)) as {
      write: unknown;
    };
    sinon.stub(prototype, "write").rejects(full);
    sinon.stub(fs, "writevSync").throws(full);
    for (const body of ["new", Buffer.alloc(2 * 1024 * 1024)]) {
      const error = await put("kept", body).catch((thrown: unknown) => thrown);
      expect(error).to.include({ name: "InsufficientStorage" });
      expect(error).to.have.nested.property("$metadata.httpStatusCode", 507);
    }
    sinon.restore();
    expect(await text("kept")).to.equal("old");
  });

  it("publishes each put once, with what was put", async () => {
    fixture.events.length = 0;
    const { ETag } = await put("event ü.txt", "hello");
    const [event] = fixture.events;
    expect(fixture.events).to.have.length(1);
    expect(event).to.include({ type: "put", bucket: Bucket, key: "event ü.txt", size: 5, reason: "PutObject" });
    expect(`"${event?.eTag}"`).to.equal(ETag);
  });
});

async function closed(handle: fs.promises.FileHandle): Promise<fs.promises.FileHandle> {
  await handle.close();
  return handle;
}

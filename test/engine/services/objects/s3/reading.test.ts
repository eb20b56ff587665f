import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from "@aws-sdk/client-s3";
import { expect } from "chai";

import { startObjectStore, type ObjectStoreFixture } from "../object-store-fixture";

describe("Reading objects over S3", () => {
  const Bucket = "media";
  let fixture: ObjectStoreFixture;

  before(async () => {
    fixture = await startObjectStore();
    await fixture.store.createBucket(Bucket);
  });
  after(async () => {
    await fixture.close();
    expect(fixture.faults).to.deep.equal([]);
  });

  const put = (Key: string, Body: PutObjectCommandInput["Body"], rest: Partial<PutObjectCommandInput> = {}) =>
    fixture.client.send(new PutObjectCommand({ Bucket, Key, Body, ...rest }));
  const get = async (Key: string, rest: object = {}) => {
    const { Body, ...answer } = await fixture.client.send(new GetObjectCommand({ Bucket, Key, ...rest }));
    return { ...answer, text: await Body?.transformToString() };
  };
  const failure = async (promise: Promise<unknown>): Promise<{ name: string; status: number | undefined }> =>
    promise.then(
      () => ({ name: "none", status: 200 }),
      (error: Error & { $metadata?: { httpStatusCode?: number } }) => ({
        name: error.name,
        status: error.$metadata?.httpStatusCode,
      }),
    );

  it("gives back bytes, headers and metadata as they were put", async () => {
    const headers = {
      ContentType: "text/plain",
      CacheControl: "max-age=60",
      ContentDisposition: 'attachment; filename="a.txt"',
      ContentEncoding: "identity",
      ContentLanguage: "de",
      Metadata: { scene: "4", "with-dash": "a b" },
    };
    await put("a/ü b+c.txt", "hello", headers);
    const answer = await get("a/ü b+c.txt");
    expect(answer).to.include({ text: "hello", ETag: '"5d41402abc4b2a76b9719d911017c592"', ContentLength: 5 });
    expect(answer).to.deep.include(headers);
    expect(answer.VersionId).to.equal(undefined);
  });

  it("answers HEAD like GET, without a body", async () => {
    await put("head.bin", Buffer.alloc(1000, 1));
    const head = await fixture.client.send(new HeadObjectCommand({ Bucket, Key: "head.bin" }));
    expect(head).to.include({ ContentLength: 1000, AcceptRanges: "bytes", ContentType: "application/octet-stream" });
  });

  it("keeps an empty object", async () => {
    await put("empty", "");
    expect(await get("empty")).to.include({ text: "", ContentLength: 0 });
  });

  it("reads ranges from the start, to the end and from the end", async () => {
    await put("digits", "0123456789");
    const cases: Record<string, [string, string]> = {
      "bytes=2-4": ["234", "bytes 2-4/10"],
      "bytes=7-": ["789", "bytes 7-9/10"],
      "bytes=-3": ["789", "bytes 7-9/10"],
      "bytes=-30": ["0123456789", "bytes 0-9/10"],
      "bytes=8-99": ["89", "bytes 8-9/10"],
    };
    for (const [Range, [text, ContentRange]] of Object.entries(cases)) {
      expect(await get("digits", { Range }), Range).to.include({ text, ContentRange });
    }
    expect(await get("digits", { Range: "lines=1-2" })).to.include({ text: "0123456789" });
  });

  it("refuses a range beyond the end", async () => {
    expect(await failure(get("digits", { Range: "bytes=10-" }))).to.deep.equal({ name: "InvalidRange", status: 416 });
    expect(await failure(get("digits", { Range: "bytes=-0" }))).to.deep.equal({ name: "InvalidRange", status: 416 });
    expect(await failure(get("empty", { Range: "bytes=0-" }))).to.deep.equal({ name: "InvalidRange", status: 416 });
  });

  it("answers conditions on the ETag and the time", async () => {
    const { ETag } = await put("conditions", "x");
    const { LastModified } = await fixture.client.send(new HeadObjectCommand({ Bucket, Key: "conditions" }));
    const [past, future] = [new Date(Date.now() - 60_000), new Date(Date.now() + 60_000)];
    const status = async (rest: object): Promise<number | undefined> => (await failure(get("conditions", rest))).status;
    expect(await status({ IfMatch: ETag })).to.equal(200);
    expect(await status({ IfMatch: '"other"' })).to.equal(412);
    expect(await status({ IfNoneMatch: ETag })).to.equal(304);
    expect(await status({ IfNoneMatch: '"other"' })).to.equal(200);
    expect(await status({ IfModifiedSince: past })).to.equal(200);
    expect(await status({ IfModifiedSince: LastModified })).to.equal(304);
    expect(await status({ IfModifiedSince: future }), "a date in the future is ignored").to.equal(200);
    expect(await status({ IfUnmodifiedSince: past })).to.equal(412);
    expect(await status({ IfUnmodifiedSince: future })).to.equal(200);
    expect(await status({ IfMatch: ETag, IfUnmodifiedSince: past })).to.equal(200);
    expect(await status({ IfNoneMatch: '"other"', IfModifiedSince: future })).to.equal(200);
  });

  it("replaces headers of the answer as the reader asks", async () => {
    await put("page", "x", { ContentType: "text/html" });
    const rest = { ResponseContentType: "text/plain", ResponseContentDisposition: "attachment" };
    expect(await get("page", rest)).to.include({ ContentType: "text/plain", ContentDisposition: "attachment" });
  });

  it("says what is not there", async () => {
    expect(await failure(get("nothing"))).to.deep.equal({ name: "NoSuchKey", status: 404 });
    const elsewhere = fixture.client.send(new GetObjectCommand({ Bucket: "nowhere", Key: "a" }));
    expect(await failure(elsewhere)).to.deep.equal({ name: "NoSuchBucket", status: 404 });
    const head = fixture.client.send(new HeadObjectCommand({ Bucket, Key: "nothing" }));
    expect(await failure(head)).to.deep.equal({ name: "NotFound", status: 404 });
    const unknown = { VersionId: "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD" };
    expect(await failure(get("page", unknown))).to.deep.equal({ name: "NoSuchVersion", status: 404 });
    const malformed = { VersionId: "none" };
    expect(await failure(get("page", malformed))).to.deep.equal({ name: "InvalidArgument", status: 400 });
  });

  it("reads the bytes it began to read, also when the object is replaced meanwhile", async () => {
    await put("replaced", Buffer.alloc(8 * 1024 * 1024, "a"));
    const { Body } = await fixture.client.send(new GetObjectCommand({ Bucket, Key: "replaced" }));
    await put("replaced", "b");
    await fixture.client.send(new DeleteObjectCommand({ Bucket, Key: "replaced" }));
    const bytes = (await Body?.transformToByteArray()) ?? Buffer.alloc(0);
    expect(Buffer.from(bytes).equals(Buffer.alloc(8 * 1024 * 1024, "a"))).to.equal(true);
  });
});

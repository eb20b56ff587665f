import fs from "node:fs";

import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
  type CompletedPart,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { expect } from "chai";

import { startObjectStore, type ObjectStoreFixture } from "../object-store-fixture";

const mebibyte = 1024 * 1024;

describe("Uploading in parts over S3", () => {
  const Bucket = "media";
  const Key = "big.bin";
  let fixture: ObjectStoreFixture;

  before(async () => {
    fixture = await startObjectStore();
    await fixture.store.createBucket(Bucket, { publishEvents: true });
  });
  after(async () => {
    await fixture.close();
    expect(fixture.faults).to.deep.equal([]);
  });

  afterEach(() => {
    for (const upload of [...fixture.store.uploads.list(Bucket, {})]) fixture.store.uploads.remove(upload);
  });

  const create = async (rest: object = {}): Promise<string> =>
    (await fixture.client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...rest }))).UploadId ?? "";
  const part = async (
    UploadId: string,
    PartNumber: number,
    Body: Buffer,
    rest: object = {},
  ): Promise<CompletedPart> => {
    const input = { Bucket, Key, UploadId, PartNumber, Body, ...rest };
    const { ETag } = await fixture.client.send(new UploadPartCommand(input));
    return { ETag, PartNumber };
  };
  const complete = (UploadId: string, Parts: CompletedPart[], rest: object = {}) =>
    fixture.client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...rest }),
    );
  const codeOf = async (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "none",
      (error: Error) => error.name,
    );

  it("makes one object of its parts, in the order of their numbers", async () => {
    fixture.events.length = 0;
    const id = await create({ ContentType: "video/mp4", Metadata: { a: "1" } });
    const last = await part(id, 7, Buffer.from("end"));
    const first = await part(id, 2, Buffer.alloc(5 * mebibyte, "a"));
    const answer = await complete(id, [first, last]);
    const bytes = Buffer.concat([Buffer.alloc(5 * mebibyte, "a"), Buffer.from("end")]);
    expect(fs.readFileSync(fixture.store.pathOf(Bucket, Key) ?? "").equals(bytes)).to.equal(true);
    // Computed with Python's hashlib: the MD5 of the parts' MD5s.
    expect(answer.ETag).to.equal('"cc8f6f16b44b75adde6349ab98aee432-2"');
    const head = await fixture.client.send(new HeadObjectCommand({ Bucket, Key }));
    expect(head).to.deep.include({ ContentType: "video/mp4", Metadata: { a: "1" }, ETag: answer.ETag });
    expect(fixture.events.map(({ reason, size }) => [reason, size])).to.deep.equal([
      ["CompleteMultipartUpload", bytes.length],
    ]);
    const second = await fixture.client.send(new GetObjectCommand({ Bucket, Key, PartNumber: 2 }));
    expect(second).to.include({ PartsCount: 2, ContentLength: 3 });
    expect(await second.Body?.transformToString()).to.equal("end");
    expect(fs.readdirSync(`${fixture.folder}/objects/${Bucket}`)).to.deep.equal([]);
  });

  it("refuses lists of parts that do not fit what was uploaded", async () => {
    const id = await create();
    const [one, two] = [await part(id, 1, Buffer.alloc(10)), await part(id, 2, Buffer.alloc(10))];
    expect(await codeOf(complete(id, [one, two]))).to.equal("EntityTooSmall");
    expect(await codeOf(complete(id, [two, one]))).to.equal("InvalidPartOrder");
    expect(await codeOf(complete(id, [{ ...one, ETag: '"00000000000000000000000000000000"' }]))).to.equal(
      "InvalidPart",
    );
    expect(await codeOf(complete(id, [{ ...one, PartNumber: 3 }]))).to.equal("InvalidPart");
    expect(await codeOf(complete("none", [one]))).to.equal("NoSuchUpload");
    expect(await codeOf(complete(id, [one], { IfNoneMatch: "*" }))).to.equal("PreconditionFailed");
    expect(await codeOf(complete(id, [one]))).to.equal("none");
  });

  it("answers the request that completes an upload again as it did before", async () => {
    const id = await create();
    const one = await part(id, 1, Buffer.from("once"));
    const first = await complete(id, [one]);
    const { length } = fixture.events;
    const again = await complete(id, [one]);
    expect(again).to.include({ ETag: first.ETag, ChecksumCRC64NVME: first.ChecksumCRC64NVME });
    expect(fixture.events).to.have.length(length);
    expect(await codeOf(complete("another", [one]))).to.equal("NoSuchUpload");
    const aborted = await create();
    await fixture.client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: aborted }));
    expect(await codeOf(complete(aborted, [one]))).to.equal("NoSuchUpload");
  });

  it("asks for the checksum of every part where the object's is made of them", async () => {
    const sum = { ChecksumAlgorithm: "SHA256", ChecksumType: "COMPOSITE" } as const;
    const id = await create(sum);
    const client = fixture.newClient({ requestChecksumCalculation: "WHEN_REQUIRED" });
    const bare = { Bucket, Key, UploadId: id, PartNumber: 1, Body: "x" };
    expect(await codeOf(client.send(new UploadPartCommand(bare)))).to.equal("InvalidRequest");
    const { ETag, ChecksumSHA256 } = await client.send(
      new UploadPartCommand({ ...bare, ...{ ChecksumAlgorithm: "SHA256" } }),
    );
    expect(await codeOf(complete(id, [{ ETag, PartNumber: 1 }]))).to.equal("InvalidRequest");
    const wrong = Buffer.alloc(32).toString("base64");
    expect(await codeOf(complete(id, [{ ETag, PartNumber: 1, ChecksumSHA256: wrong }]))).to.equal("InvalidPart");
    expect(await codeOf(complete(id, [{ ETag, PartNumber: 1, ChecksumSHA256 }]))).to.equal("none");
    expect(await codeOf(complete(await create(), []))).to.equal("InvalidRequest");
  });

  it("holds its conditions against what happened to the key since the upload began", async () => {
    const put = (body: string) => fixture.store.put(Bucket, Key, body);
    fixture.store.delete(Bucket, Key);
    const absent = await create();
    const one = await part(absent, 1, Buffer.from("part"));
    await put("meanwhile");
    expect(await codeOf(complete(absent, [one], { IfNoneMatch: "*" }))).to.equal("PreconditionFailed");
    fixture.store.delete(Bucket, Key);
    expect(await codeOf(complete(absent, [one], { IfNoneMatch: "*" }))).to.equal("ConditionalRequestConflict");
    await put("before");
    const replacing = await create();
    const two = await part(replacing, 1, Buffer.from("part"));
    const { eTag } = await put("since");
    expect(await codeOf(complete(replacing, [two], { IfMatch: `"${eTag}"` }))).to.equal("ConditionalRequestConflict");
    expect(await codeOf(complete(replacing, [two], { IfMatch: '"other"' }))).to.equal("PreconditionFailed");
    expect(await codeOf(complete(await create(), [two], { IfMatch: "*" }))).to.equal("NotImplemented");
    const fresh = await create();
    const three = await part(fresh, 1, Buffer.from("part"));
    expect(await codeOf(complete(fresh, [three], { IfMatch: `"${eTag}"` }))).to.equal("none");
  });

  it("replaces a part that is sent again, and lists what it has", async () => {
    const id = await create({ ChecksumAlgorithm: "CRC32C" });
    const sum = { ChecksumAlgorithm: "CRC32C" };
    for (const number of [1, 2, 3]) await part(id, number, Buffer.from(`part ${number}`), sum);
    const again = await part(id, 2, Buffer.from("another"), sum);
    expect(await codeOf(part(id, 5, Buffer.from("x"), { ChecksumAlgorithm: "SHA1" }))).to.equal("InvalidRequest");
    const listed = await fixture.client.send(new ListPartsCommand({ Bucket, Key, UploadId: id, MaxParts: 2 }));
    expect(listed.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).to.deep.equal([
      [1, 6],
      [2, 7],
    ]);
    expect(listed).to.include({ IsTruncated: true, NextPartNumberMarker: "2", ChecksumAlgorithm: "CRC32C" });
    expect(listed.Parts?.[1]?.ETag).to.equal(again.ETag);
    expect(listed.Parts?.[1]?.ChecksumCRC32C).to.be.a("string");
    await fixture.client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: id }));
    expect(await codeOf(part(id, 4, Buffer.from("x")))).to.equal("NoSuchUpload");
    expect(fs.readdirSync(`${fixture.folder}/objects/${Bucket}`)).to.deep.equal([]);
  });

  it("lists unfinished uploads by key, rolled up at a delimiter, in pages", async () => {
    await fixture.store.createBucket("unfinished");
    for (const key of ["b", "a/1", "a/2", "b"]) {
      await fixture.client.send(new CreateMultipartUploadCommand({ Bucket: "unfinished", Key: key }));
    }
    const list = (rest: object) =>
      fixture.client.send(new ListMultipartUploadsCommand({ Bucket: "unfinished", ...rest }));
    expect((await list({})).Uploads?.map((upload) => upload.Key)).to.deep.equal(["a/1", "a/2", "b", "b"]);
    expect((await list({ Delimiter: "/" })).CommonPrefixes).to.deep.equal([{ Prefix: "a/" }]);
    const first = await list({ MaxUploads: 3 });
    expect(first.IsTruncated).to.equal(true);
    const rest = await list({ KeyMarker: first.NextKeyMarker, UploadIdMarker: first.NextUploadIdMarker });
    expect(rest.Uploads).to.have.length(1);
    expect((await list({ Prefix: "a/2" })).Uploads).to.have.length(1);
  });

  it("copies ranges of an object into parts", async () => {
    await fixture.store.put(Bucket, "source", "0123456789");
    const UploadId = await create();
    const copy = (CopySourceRange: string) =>
      fixture.client.send(
        new UploadPartCopyCommand({
          Bucket,
          Key,
          UploadId,
          PartNumber: 1,
          CopySource: `${Bucket}/source`,
          CopySourceRange,
        }),
      );
    expect(await codeOf(copy("bytes=5-99"))).to.equal("InvalidArgument");
    const { CopyPartResult } = await copy("bytes=2-4");
    await complete(UploadId, [{ PartNumber: 1, ETag: CopyPartResult?.ETag }]);
    expect(fs.readFileSync(fixture.store.pathOf(Bucket, Key) ?? "", "utf8")).to.equal("234");
  });

  it("takes what the SDK's managed upload sends, with checksums of either kind", async () => {
    const body = Buffer.alloc(11 * mebibyte, "managed");
    for (const ChecksumAlgorithm of ["CRC32", "CRC64NVME", "SHA256"] as const) {
      const params = { Bucket, Key: "managed", Body: body, ChecksumAlgorithm };
      await new Upload({ client: fixture.client, params }).done();
      const read = new GetObjectCommand({ Bucket, Key: "managed", ChecksumMode: "ENABLED" });
      const answer = await fixture.client.send(read);
      expect(answer.ChecksumType).to.equal(ChecksumAlgorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE");
      const bytes = Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
      expect(bytes.equals(body), ChecksumAlgorithm).to.equal(true);
    }
  });
});

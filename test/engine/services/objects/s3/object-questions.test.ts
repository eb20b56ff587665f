import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  DeleteObjectTaggingCommand,
  GetObjectAclCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { expect } from "chai";

import { startObjectStore, type ObjectStoreFixture } from "../object-store-fixture";

const Bucket = "media";

describe("Questions about an object over S3", () => {
  let fixture: ObjectStoreFixture;

  before(async () => {
    fixture = await startObjectStore();
    await fixture.store.createBucket(Bucket);
    await fixture.client.send(new PutObjectCommand({ Bucket, Key: "plain", Body: "hello world" }));
  });
  after(() => fixture.close());

  const codeOf = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "none",
      (error: Error) => error.name,
    );
  const tagsOf = async (Key: string): Promise<object[] | undefined> =>
    (await fixture.client.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet;

  it("tell its tags, which requests set, replace, copy and remove", async () => {
    expect(await tagsOf("plain")).to.deep.equal([]);
    await fixture.client.send(new PutObjectCommand({ Bucket, Key: "tagged", Body: "x", Tagging: "a=1&b=two%20words" }));
    expect(await tagsOf("tagged")).to.deep.equal([
      { Key: "a", Value: "1" },
      { Key: "b", Value: "two words" },
    ]);
    const { TagCount } = await fixture.client.send(new GetObjectCommand({ Bucket, Key: "tagged" }));
    expect(TagCount).to.equal(2);
    const CopySource = `${Bucket}/tagged`;
    await fixture.client.send(new CopyObjectCommand({ Bucket, Key: "copied", CopySource }));
    expect(await tagsOf("copied")).to.have.length(2);
    const replaced = { TaggingDirective: "REPLACE", Tagging: "c=3" } as const;
    await fixture.client.send(new CopyObjectCommand({ Bucket, Key: "copied", CopySource, ...replaced }));
    expect(await tagsOf("copied")).to.deep.equal([{ Key: "c", Value: "3" }]);
    const TagSet = [{ Key: "d", Value: "" }];
    await fixture.client.send(new PutObjectTaggingCommand({ Bucket, Key: "tagged", Tagging: { TagSet } }));
    expect(await tagsOf("tagged")).to.deep.equal(TagSet);
    await fixture.client.send(new DeleteObjectTaggingCommand({ Bucket, Key: "tagged" }));
    expect(await tagsOf("tagged")).to.deep.equal([]);
  });

  it("refuse tags that S3 does not take", async () => {
    const put = (TagSet: { Key: string; Value: string }[]) =>
      codeOf(fixture.client.send(new PutObjectTaggingCommand({ Bucket, Key: "plain", Tagging: { TagSet } })));
    expect(await put([{ Key: "a".repeat(129), Value: "" }])).to.equal("InvalidTag");
    expect(await put([{ Key: "a", Value: "v".repeat(257) }])).to.equal("InvalidTag");
    expect(await put([{ Key: "aws:a", Value: "" }])).to.equal("InvalidTag");
    expect(await put(Array.from({ length: 11 }, (_, index) => ({ Key: `k${index}`, Value: "" })))).to.equal(
      "BadRequest",
    );
    expect(await codeOf(tagsOf("nothing"))).to.equal("NoSuchKey");
  });

  it("tell its attributes", async () => {
    const ObjectAttributes = ["ETag", "ObjectSize", "StorageClass", "Checksum", "ObjectParts"] as const;
    const ask = (Key: string) =>
      fixture.client.send(new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: [...ObjectAttributes] }));
    const { $metadata: _1, LastModified, ...plain } = await ask("plain");
    expect(LastModified).to.be.instanceOf(Date);
    expect(plain).to.deep.equal({
      ETag: "5eb63bbbe01eeed093cb22bb8f5acdc3",
      ObjectSize: 11,
      StorageClass: "STANDARD",
      Checksum: { ChecksumCRC32: "DUoRhQ==", ChecksumType: "FULL_OBJECT" },
    });
    expect(await codeOf(ask("nothing"))).to.equal("NoSuchKey");
    const wrong = new GetObjectAttributesCommand({ Bucket, Key: "plain", ObjectAttributes: ["Size" as "ETag"] });
    expect(await codeOf(fixture.client.send(wrong))).to.equal("InvalidArgument");
  });

  it("tell its parts, with their checksums, in pages", async () => {
    const Key = "parts";
    const ChecksumAlgorithm = "SHA256";
    const { UploadId } = await fixture.client.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm, ChecksumType: "COMPOSITE" }),
    );
    const Parts = [];
    for (const [index, Body] of [Buffer.alloc(5 * 1024 * 1024), Buffer.from("end")].entries()) {
      const PartNumber = index + 1;
      const part = { Bucket, Key, UploadId, PartNumber, Body, ChecksumAlgorithm } as const;
      const { ETag, ChecksumSHA256 } = await fixture.client.send(new UploadPartCommand(part));
      Parts.push({ PartNumber, ETag, ChecksumSHA256 });
    }
    const complete = { Bucket, Key, UploadId, MultipartUpload: { Parts } };
    await fixture.client.send(new CompleteMultipartUploadCommand(complete));
    const { ObjectParts } = await fixture.client.send(
      new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ["ObjectParts"], MaxParts: 1 }),
    );
    expect(ObjectParts).to.deep.equal({
      TotalPartsCount: 2,
      PartNumberMarker: "0",
      NextPartNumberMarker: "1",
      MaxParts: 1,
      IsTruncated: true,
      Parts: [{ PartNumber: 1, Size: 5 * 1024 * 1024, ChecksumSHA256: Parts[0]?.ChecksumSHA256 }],
    });
  });

  it("tell that only its owner has access, and refuse access lists and locks", async () => {
    const acl = await fixture.client.send(new GetObjectAclCommand({ Bucket, Key: "plain" }));
    expect(acl.Grants).to.have.length(1);
    const put = fixture.client.send(new PutObjectAclCommand({ Bucket, Key: "plain", ACL: "public-read" }));
    expect(await codeOf(put)).to.equal("AccessControlListNotSupported");
    const hold = fixture.client.send(new GetObjectLegalHoldCommand({ Bucket, Key: "plain" }));
    expect(await codeOf(hold)).to.equal("InvalidRequest");
  });

  it("say how it is encrypted, and what S3 computed of it", async () => {
    const client = fixture.newClient({ requestChecksumCalculation: "WHEN_REQUIRED" });
    const written = await client.send(new PutObjectCommand({ Bucket, Key: "sum", Body: "123456789" }));
    // The check value of CRC-64/NVME: https://reveng.sourceforge.io/crc-catalogue/all.htm
    const sum = { ChecksumCRC64NVME: Buffer.from("ae8b14860a799888", "hex").toString("base64") };
    const expected = { ...sum, ChecksumType: "FULL_OBJECT", ServerSideEncryption: "AES256" };
    expect(written).to.include(expected);
    const head = new HeadObjectCommand({ Bucket, Key: "sum", ChecksumMode: "ENABLED" });
    expect(await client.send(head)).to.include(expected);
    const whole = { Bucket, Key: "sum", ChecksumMode: "ENABLED", Range: "bytes=0-8" } as const;
    expect(await client.send(new GetObjectCommand(whole))).to.include(expected);
    const part = await client.send(new GetObjectCommand({ ...whole, Range: "bytes=0-7" }));
    expect(part.ChecksumCRC64NVME).to.equal(undefined);
    const copy = await client.send(new CopyObjectCommand({ Bucket, Key: "sum copied", CopySource: `${Bucket}/sum` }));
    expect(copy.CopyObjectResult).to.include(sum);
  });

  it("keep headers beyond ASCII as they were sent", async () => {
    const ContentDisposition = 'attachment; filename="\u00e9.pdf"';
    const bytes = Buffer.from(ContentDisposition).toString("latin1");
    await fixture.store.put(Bucket, "named", "x", { headers: { "content-disposition": bytes } });
    const { body } = await fixture.raw("GET", `/${Bucket}/named`);
    expect(body).to.contain(bytes);
    const put = await fixture.raw("PUT", `/${Bucket}/named`, { "content-disposition": bytes });
    expect(put.body).to.match(/^HTTP\/1\.1 200/);
    expect(fixture.store.index.current(Bucket, "named")?.details.headers["content-disposition"]).to.equal(bytes);
  });
});

import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
} from "@aws-sdk/client-s3";
import { expect } from "chai";

import { startObjectStore, type ObjectStoreFixture } from "../object-store-fixture";

describe("Deleting and copying objects over S3", () => {
  let fixture: ObjectStoreFixture;

  before(async () => {
    fixture = await startObjectStore();
    await fixture.store.createBucket("plain", { publishEvents: true });
    await fixture.store.createBucket("versions", { versioning: true, publishEvents: true });
  });
  after(() => fixture.close());
  beforeEach(() => (fixture.events.length = 0));

  const text = async (Bucket: string, Key: string, VersionId?: string): Promise<string | undefined> =>
    (await fixture.client.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body?.transformToString();
  const codeOf = async (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "none",
      (error: Error) => error.name,
    );

  it("deletes an object, and what is not there, alike", async () => {
    await fixture.store.put("plain", "a/b/c", "x");
    for (let time = 0; time < 2; time += 1) {
      const answer = await fixture.client.send(new DeleteObjectCommand({ Bucket: "plain", Key: "a/b/c" }));
      expect(answer.$metadata.httpStatusCode).to.equal(204);
    }
    expect(await codeOf(text("plain", "a/b/c"))).to.equal("NoSuchKey");
    expect(fixture.events.map(({ type, deletionType }) => [type, deletionType])).to.deep.equal([
      ["put", undefined],
      ["delete", "Permanently Deleted"],
    ]);
  });

  it("deletes many at once, quietly if asked to, each as its caller may", async () => {
    const keys = ["one", "two <&> \r\n ü", "three"];
    for (const key of keys) await fixture.store.put("plain", key, "x");
    const remove = (Objects: { Key: string }[], Quiet: boolean) =>
      fixture.client.send(new DeleteObjectsCommand({ Bucket: "plain", Delete: { Objects, Quiet } }));
    const loud = await remove([{ Key: keys[0] ?? "" }, { Key: keys[1] ?? "" }, { Key: "never" }], false);
    expect(loud.Deleted?.map(({ Key }) => Key)).to.deep.equal([keys[0], keys[1], "never"]);
    expect((await remove([{ Key: "three" }], true)).Deleted).to.equal(undefined);
    expect(fixture.store.list("plain").objects).to.have.length(0);
  });

  it("hides a versioned object behind a delete marker, and brings it back", async () => {
    const first = await fixture.store.put("versions", "v", "1");
    await fixture.store.put("versions", "v", "2");
    const { DeleteMarker, VersionId } = await fixture.client.send(
      new DeleteObjectCommand({ Bucket: "versions", Key: "v" }),
    );
    expect(DeleteMarker).to.equal(true);
    expect(await codeOf(text("versions", "v"))).to.equal("NoSuchKey");
    expect(await codeOf(text("versions", "v", VersionId))).to.equal("MethodNotAllowed");
    expect(await text("versions", "v", first.versionId)).to.equal("1");
    await fixture.client.send(new DeleteObjectCommand({ Bucket: "versions", Key: "v", VersionId }));
    expect(await text("versions", "v")).to.equal("2");
  });

  it("has one current version of a key, also after and before delete markers", async () => {
    const shown = (): string[] =>
      fixture.store
        .listVersions("versions", { prefix: "m" })
        .objects.map(({ isCurrent, isDeleteMarker, size }) => `${isCurrent} ${isDeleteMarker ? "marker" : size}`);
    const remove = async (VersionId?: string): Promise<unknown> =>
      fixture.client.send(new DeleteObjectCommand({ Bucket: "versions", Key: "m", VersionId }));
    await fixture.store.put("versions", "m", "1");
    await remove();
    const { versionId } = await fixture.store.put("versions", "m", "22");
    expect(shown()).to.deep.equal(["true 2", "false marker", "false 1"]);
    await remove(versionId);
    expect(shown()).to.deep.equal(["true marker", "false 1"]);
    expect(await codeOf(text("versions", "m"))).to.equal("NoSuchKey");
  });

  it("makes the version before current when the newest is removed for good", async () => {
    await fixture.store.put("versions", "w", "1");
    const { versionId } = await fixture.store.put("versions", "w", "2");
    await fixture.client.send(new DeleteObjectCommand({ Bucket: "versions", Key: "w", VersionId: versionId }));
    expect(await text("versions", "w")).to.equal("1");
    expect(fixture.store.pathOf("versions", "w")).to.equal(`${fixture.store.bucketFolder("versions")}/w`);
  });

  it("keeps one null version in a bucket whose versions are suspended", async () => {
    await fixture.store.createBucket("suspended", { versioning: true });
    const kept = await fixture.store.put("suspended", "k", "kept");
    fixture.store.updateBucket("suspended", { versioning: false });
    await fixture.store.put("suspended", "k", "null 1");
    await fixture.store.put("suspended", "k", "null 2");
    expect(await text("suspended", "k", "null")).to.equal("null 2");
    expect(await text("suspended", "k", kept.versionId)).to.equal("kept");
    expect(fixture.store.listVersions("suspended").objects).to.have.length(2);
  });

  it("copies bytes, headers and metadata, or puts others in their place", async () => {
    await fixture.store.put("plain", "from ü+", "text", { contentType: "text/x", metadata: { a: "1" } });
    const CopySource = `plain/${encodeURIComponent("from ü+")}`;
    const copy = await fixture.client.send(new CopyObjectCommand({ Bucket: "plain", Key: "to", CopySource }));
    expect(copy.CopyObjectResult?.ETag).to.equal('"1cb251ec0d568de6a929b520c4aed8d1"');
    const head = await fixture.client.send(new HeadObjectCommand({ Bucket: "plain", Key: "to" }));
    expect(head).to.deep.include({ ContentType: "text/x", Metadata: { a: "1" } });
    const replaced = { MetadataDirective: "REPLACE", ContentType: "text/y", Metadata: { b: "2" } } as const;
    await fixture.client.send(
      new CopyObjectCommand({ Bucket: "plain", Key: "to", CopySource: "plain/to", ...replaced }),
    );
    const again = await fixture.client.send(new HeadObjectCommand({ Bucket: "plain", Key: "to" }));
    expect(again).to.deep.include({ ContentType: "text/y", Metadata: { b: "2" } });
    expect(fixture.events.map(({ reason }) => reason)).to.deep.equal(["PutObject", "CopyObject", "CopyObject"]);
  });

  it("refuses copies that change nothing, that have no source or whose condition fails", async () => {
    await fixture.store.put("plain", "from", "text");
    const copy = (rest: object): Promise<string> =>
      codeOf(
        fixture.client.send(new CopyObjectCommand({ Bucket: "plain", Key: "from", CopySource: "plain/from", ...rest })),
      );
    expect(await copy({})).to.equal("InvalidRequest");
    expect(await copy({ CopySource: "plain/never" })).to.equal("NoSuchKey");
    expect(await copy({ CopySource: "plain" })).to.equal("InvalidArgument");
    expect(await copy({ Key: "to", ExpectedSourceBucketOwner: "123456789012" })).to.equal("AccessDenied");
    expect(await copy({ Key: "to", CopySourceIfMatch: '"other"' })).to.equal("PreconditionFailed");
    const copied = new Date(Math.floor(Date.now() / 1000) * 1000);
    expect(await copy({ Key: "to", CopySourceIfModifiedSince: copied })).to.equal("PreconditionFailed");
    // A date in the future is ignored.
    expect(await copy({ Key: "to", CopySourceIfModifiedSince: new Date(Date.now() + 60_000) })).to.equal("none");
  });

  it("copies an old version", async () => {
    const { versionId } = await fixture.store.put("versions", "c", "old");
    await fixture.store.put("versions", "c", "new");
    const CopySource = `versions/c?versionId=${versionId}`;
    const answer = await fixture.client.send(new CopyObjectCommand({ Bucket: "versions", Key: "c", CopySource }));
    expect(answer.CopySourceVersionId).to.equal(versionId);
    expect(await text("versions", "c")).to.equal("old");
  });
});

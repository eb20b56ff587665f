import {
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  paginateListObjectsV2,
} from "@aws-sdk/client-s3";
import { expect } from "chai";

import { startObjectStore, type ObjectStoreFixture } from "../object-store-fixture";

describe("Listing objects over S3", () => {
  const Bucket = "media";
  // In the order of their UTF-8 bytes, in which U+FF5E comes before the emoji although JavaScript sorts it behind.
  const keys = ["A", "a b+c", "a/1", "a/2", "a/b/3", "a/b/4", "b", "c/5", "é", "\uff5e", "😀"];
  let fixture: ObjectStoreFixture;

  before(async () => {
    fixture = await startObjectStore();
    await fixture.store.createBucket(Bucket);
    for (const key of [...keys].reverse()) await fixture.store.put(Bucket, key, key);
  });
  after(() => fixture.close());

  const list = (rest: object) => fixture.client.send(new ListObjectsV2Command({ Bucket, ...rest }));
  const flat = (answer: { Contents?: { Key?: string }[]; CommonPrefixes?: { Prefix?: string }[] }) => [
    ...(answer.Contents ?? []).map(({ Key }) => Key),
    ...(answer.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
  ];

  it("lists keys in the order of their bytes", async () => {
    const answer = await list({});
    expect(flat(answer)).to.deep.equal(keys);
    expect(answer).to.include({ KeyCount: keys.length, IsTruncated: false, MaxKeys: 1000 });
    expect(answer.Contents?.[0]).to.include({
      Size: 1,
      StorageClass: "STANDARD",
      ETag: '"7fc56270e7a70fa81a5935b72eacbe29"',
    });
  });

  it("goes through pages of any size without losing or repeating a key", async () => {
    for (const pageSize of [1, 2, 3, 10, 11]) {
      for (const Delimiter of [undefined, "/"]) {
        const found: (string | undefined)[] = [];
        for await (const page of paginateListObjectsV2({ client: fixture.client, pageSize }, { Bucket, Delimiter })) {
          expect(flat(page).length).to.be.at.most(pageSize);
          found.push(...flat(page));
        }
        const expected = Delimiter ? keys.filter((key) => !key.includes("/")).concat("a/", "c/") : keys;
        expect(found.sort(), `${pageSize} ${Delimiter}`).to.deep.equal([...expected].sort());
      }
    }
  });

  it("rolls up at a delimiter below a prefix", async () => {
    expect(flat(await list({ Prefix: "a/", Delimiter: "/" }))).to.deep.equal(["a/1", "a/2", "a/b/"]);
    expect(flat(await list({ Prefix: "a", Delimiter: "/" }))).to.deep.equal(["a b+c", "a/"]);
    expect(flat(await list({ Prefix: "nothing" }))).to.deep.equal([]);
  });

  it("begins after a key", async () => {
    expect(flat(await list({ StartAfter: "a/2", MaxKeys: 2 }))).to.deep.equal(["a/b/3", "a/b/4"]);
    expect(flat(await list({ MaxKeys: 0 }))).to.deep.equal([]);
  });

  it("does not list again the common prefix that it begins in, and says what it began after", async () => {
    const first = await list({ Delimiter: "/", StartAfter: "a/2" });
    expect(flat(first)).not.to.include("a/");
    expect(first.StartAfter).to.equal("a/2");
    const page = await list({ StartAfter: "a/1", MaxKeys: 1 });
    const next = await list({ StartAfter: "a/1", MaxKeys: 1, ContinuationToken: page.NextContinuationToken });
    expect(next.StartAfter).to.equal(undefined);
    for (const { LastModified } of next.Contents ?? []) expect(LastModified?.getMilliseconds()).to.equal(0);
  });

  it("names the owner only where asked to", async () => {
    expect((await list({})).Contents?.[0]?.Owner).to.equal(undefined);
    expect((await list({ FetchOwner: true })).Contents?.[0]?.Owner?.ID).to.have.length(64);
  });

  it("encodes keys where asked to", async () => {
    const answer = await list({ EncodingType: "url", Prefix: "a " });
    expect(flat(answer)).to.deep.equal(["a%20b%2Bc"]);
    expect(answer).to.include({ Prefix: "a%20", EncodingType: "url" });
  });

  it("still speaks the first version of listing, with markers", async () => {
    const first = await fixture.client.send(new ListObjectsCommand({ Bucket, MaxKeys: 3, Delimiter: "/" }));
    expect(flat(first)).to.deep.equal(["A", "a b+c", "a/"]);
    expect(first.NextMarker).to.equal("a/");
    const second = new ListObjectsCommand({ Bucket, MaxKeys: 2, Delimiter: "/", Marker: first.NextMarker });
    expect(flat(await fixture.client.send(second))).to.deep.equal(["b", "c/"]);
  });

  it("refuses a token that it did not give out", async () => {
    for (const ContinuationToken of ["!", ""]) {
      const error = await list({ ContinuationToken }).catch((thrown: Error) => thrown);
      expect(error).to.have.property("name", "InvalidArgument");
    }
  });

  it("lists versions newest first, in pages that may end between two of one key", async () => {
    await fixture.store.createBucket("versions", { versioning: true });
    const expected: string[] = [];
    for (const key of ["a", "b"]) {
      for (const body of ["1", "2", "3"])
        expected.push(`${key} ${(await fixture.store.put("versions", key, body)).versionId}`);
    }
    fixture.store.delete("versions", "b");
    const found: string[] = [];
    let markers: { KeyMarker?: string; VersionIdMarker?: string } = {};
    for (let isTruncated = true; isTruncated;) {
      const page = await fixture.client.send(
        new ListObjectVersionsCommand({ Bucket: "versions", MaxKeys: 2, ...markers }),
      );
      found.push(...(page.Versions ?? []).map(({ Key, VersionId }) => `${Key} ${VersionId}`));
      if (page.DeleteMarkers) expect(page.DeleteMarkers[0]).to.include({ Key: "b", IsLatest: true });
      markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
      isTruncated = page.IsTruncated ?? false;
    }
    expect(found).to.deep.equal([...expected.slice(0, 3).reverse(), ...expected.slice(3).reverse()]);
  });
});

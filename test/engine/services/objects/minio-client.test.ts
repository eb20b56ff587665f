import { Readable } from "node:stream";

import { expect } from "chai";
import { Client } from "minio";

import { startObjectStore, type ObjectStoreFixture } from "./object-store-fixture";

describe("The MinIO client, which shares no code with AWS's", () => {
  let fixture: ObjectStoreFixture;
  let client: Client;

  before(async () => {
    fixture = await startObjectStore();
    const { accessKeyId, secretAccessKey } = fixture.identity.developer();
    const address = { endPoint: "127.0.0.1", port: fixture.port, useSSL: false, region: "us-east-1" };
    client = new Client({ ...address, accessKey: accessKeyId, secretKey: secretAccessKey, partSize: 5 * 1024 * 1024 });
  });
  after(async () => {
    await fixture.close();
    expect(fixture.faults).to.deep.equal([]);
  });

  it("makes a bucket, puts, describes, lists, reads and removes", async () => {
    await client.makeBucket("media", "us-east-1");
    expect(await client.bucketExists("media")).to.equal(true);
    expect(await client.bucketExists("never")).to.equal(false);
    const names = ["a b/ü+%.txt", "a b/c", "d"];
    for (const name of names)
      await client.putObject("media", name, `text of ${name}`, undefined, { "x-amz-meta-a": "1" });
    const { size, metaData } = await client.statObject("media", "d");
    expect({ size, metaData }).to.deep.equal({
      size: 9,
      metaData: { a: "1", "content-type": "binary/octet-stream", "x-amz-server-side-encryption": "AES256" },
    });
    const listed: (string | undefined)[] = [];
    for await (const item of client.listObjectsV2("media", "", true)) listed.push((item as { name?: string }).name);
    expect(listed).to.deep.equal(names.slice().sort());
    const read = Buffer.concat(await (await client.getObject("media", names[0] ?? "")).toArray()).toString();
    expect(read).to.equal(`text of ${names[0]}`);
    await client.removeObjects("media", names);
    expect(fixture.store.list("media").objects).to.deep.equal([]);
  });

  it("uploads a stream in parts", async () => {
    const bytes = Buffer.alloc(12 * 1024 * 1024, "parts");
    const pieces = Array.from({ length: 12 }, (_, index) => bytes.subarray(index << 20, (index + 1) << 20));
    await client.putObject("media", "big", Readable.from(pieces), bytes.length);
    const { object, body } = await fixture.store.get("media", "big");
    expect(object.details.parts).to.have.length(3);
    expect(Buffer.concat(await body.toArray()).equals(bytes)).to.equal(true);
  });

  it("copies, and signs addresses", async () => {
    await client.putObject("media", "from", "text");
    await client.copyObject("media", "to", "/media/from");
    expect(await (await fetch(await client.presignedGetObject("media", "to", 60))).text()).to.equal("text");
    const address = await client.presignedPutObject("media", "put", 60);
    expect((await fetch(address, { method: "PUT", body: "put" })).status).to.equal(200);
    expect(fixture.store.pathOf("media", "put")).to.be.a("string");
  });
});

import fs from "node:fs";
import path from "node:path";

import { expect } from "chai";

import type { ObjectEvent } from "../../../../engine/services/objects/object-record";
import { startObjectStore, type ObjectStoreFixture } from "./object-store-fixture";

describe("Files that people put into a bucket's folder", () => {
  let fixture: ObjectStoreFixture;
  let folder: string;
  let events: ObjectEvent[] = [];
  let leftOut: string[] = [];
  let tellOfLeftOut: () => void = () => undefined;
  let waiting: ((event: ObjectEvent) => void)[] = [];

  const start = async (store?: string): Promise<void> => {
    [events, leftOut] = [[], []];
    fixture = await startObjectStore({
      folder: store,
      onLeftOut(bucket, file, reason) {
        leftOut.push(`${bucket}/${file}: ${reason}`);
        tellOfLeftOut();
      },
      deliver(event) {
        events.push(event);
        for (const resolve of waiting.splice(0)) resolve(event);
      },
    });
    await fixture.store.createBucket("media", { publishEvents: true });
    folder = fixture.store.bucketFolder("media");
  };
  const nextEvent = (): Promise<ObjectEvent> => new Promise((resolve) => waiting.push(resolve));
  const write = (name: string, text: string): void => {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  };
  const index = (name: string) => fixture.store.dropped.indexFile("media", name);

  beforeEach(() => start());
  afterEach(async () => {
    await fixture.close();
    expect(fixture.faults).to.deep.equal([]);
    waiting = [];
  });

  it("are puts, edits too, and removing them is a delete", async () => {
    for (const [change, type, size] of [
      [() => write("a/clip.mp4", "one"), "put", 3],
      [() => write("a/clip.mp4", "edited"), "put", 6],
      [() => fs.rmSync(path.join(folder, "a/clip.mp4")), "delete", undefined],
    ] as const) {
      const event = nextEvent();
      change();
      expect(await event).to.include({ type, key: "a/clip.mp4", bucket: "media" });
      expect((await event).size).to.equal(size);
    }
  });

  it("replace the version that lay there, whose bytes are gone, and no version that lies elsewhere", async () => {
    fixture.store.updateBucket("media", { versioning: true, publishEvents: true });
    const drop = async (name: string, text: string): Promise<void> => {
      const event = nextEvent();
      write(name, text);
      expect((await event).size).to.equal(text.length);
    };
    await fixture.store.put("media", "in-place", "1");
    await drop("in-place", "22");
    await fixture.store.put("media", "name/below", "1");
    const hidden = await fixture.store.put("media", "name", "333");
    fs.rmSync(path.join(folder, "name"), { recursive: true });
    await drop("name", "4444");
    const sizes = (prefix: string): number[] =>
      fixture.store.listVersions("media", { prefix }).objects.flatMap(({ key, size }) => (key === prefix ? size : []));
    expect(sizes("in-place")).to.deep.equal([2]);
    expect(sizes("name")).to.deep.equal([4, 3]);
    const { body } = await fixture.store.get("media", "name", { versionId: hidden.versionId });
    expect(Buffer.concat(await body.toArray()).toString()).to.equal("333");
  });

  it("that are removed leave nothing in a bucket without versions, and a delete marker in one with them", async () => {
    for (const [versioning, deletionType, kept] of [
      [false, "Permanently Deleted", 0],
      [true, "Delete Marker Created", 1],
    ] as const) {
      const name = `removed-${versioning}`;
      if (versioning) fixture.store.updateBucket("media", { versioning, publishEvents: true });
      const put = nextEvent();
      write(name, "1");
      await put;
      const removed = nextEvent();
      fs.rmSync(path.join(folder, name));
      expect(await removed).to.include({ type: "delete", deletionType });
      expect(fixture.store.listVersions("media", { prefix: name }).objects).to.have.length(kept);
    }
  });

  it("are told of once where they cannot become objects, at the next start too", async () => {
    const deep = Array.from({ length: 6 }, (_, index) => String(index).repeat(200)).join("/");
    const told = new Promise<void>((resolve) => (tellOfLeftOut = () => leftOut.length === 4 && resolve()));
    write("good.txt", "good");
    write(".hidden", "hidden");
    write("aux.txt", "a device of Windows");
    write("dot./inside.txt", "trimmed by Windows");
    write(deep, "a key of 1205 bytes");
    fs.symlinkSync(path.join(folder, "good.txt"), path.join(folder, "link.txt"));
    await told;
    const expected = [
      /^media\/0{200}\/.*: its key has 1205 bytes of UTF-8, and S3 takes 1024: shorten its path$/,
      /^media\/aux\.txt: its name cannot be a file's on every system: rename it, or put it with tandem put/,
      /^media\/dot\.: its name cannot be a file's on every system/,
      /^media\/link\.txt: it is a symbolic link: copy the file itself there$/,
    ];
    leftOut.sort().forEach((line, index) => expect(line).to.match(expected[index] as RegExp));
    await fixture.store.dropped.reconcile("media");
    expect(leftOut).to.have.length(4);
    const store = `${fixture.folder}-again`;
    fs.cpSync(fixture.folder, store, { recursive: true, verbatimSymlinks: true });
    await fixture.close();
    await start(store);
    await fixture.store.dropped.reconcile("media");
    expect(leftOut).to.have.length(4);
    expect(fixture.store.list("media").objects.map(({ key }) => key)).to.deep.equal(["good.txt"]);
  });

  it("come and go with the folders that they lie in", async () => {
    const elsewhere = fs.mkdtempSync(`${fixture.folder}-elsewhere-`);
    fs.mkdirSync(path.join(elsewhere, "a/b"), { recursive: true });
    fs.writeFileSync(path.join(elsewhere, "a/b/one.txt"), "one");
    const came = nextEvent();
    fs.renameSync(path.join(elsewhere, "a"), path.join(folder, "a"));
    expect(await came).to.include({ type: "put", key: "a/b/one.txt" });
    const later = nextEvent();
    write("a/b/two.txt", "two");
    expect(await later).to.include({ type: "put", key: "a/b/two.txt" });
    const went = nextEvent();
    fs.renameSync(path.join(folder, "a"), path.join(elsewhere, "a"));
    expect(await went).to.include({ type: "delete" });
    if (events.length < 4) await nextEvent();
    expect(events.map(({ type, key }) => `${type} ${key}`).slice(2)).to.have.members([
      "delete a/b/one.txt",
      "delete a/b/two.txt",
    ]);
    const again = nextEvent();
    write("a/b/three.txt", "three");
    expect(await again).to.include({ type: "put", key: "a/b/three.txt" });
    fs.rmSync(elsewhere, { recursive: true });
  });

  it("get the ETag that a put would have given them", async () => {
    write("hello.txt", "hello");
    expect(await index("hello.txt")).to.include({ eTag: "5d41402abc4b2a76b9719d911017c592", size: 5 });
  });

  it("do not count twice", async () => {
    write("a.txt", "text");
    await Promise.all([index("a.txt"), index("a.txt"), index("a.txt")]);
    await index("a.txt");
    expect(events.map(({ key }) => key)).to.deep.equal(["a.txt"]);
  });

  it("are not confused with what the store wrote itself", async () => {
    await fixture.store.put("media", "own", "text");
    await index("own");
    fixture.store.delete("media", "own");
    await index("own");
    expect(events.map(({ type }) => type)).to.deep.equal(["put", "delete"]);
  });

  it("are ignored where they are hidden, links or folders", async () => {
    write(".DS_Store", "x");
    write(".git/config", "x");
    fs.mkdirSync(path.join(folder, "empty"));
    fs.symlinkSync("/etc/hostname", path.join(folder, "link"));
    for (const name of [".DS_Store", ".git/config", "empty", "link"]) expect(await index(name)).to.equal(undefined);
    expect(fixture.store.list("media").objects).to.deep.equal([]);
  });

  it("are read as they are now, though nobody noticed yet that they changed", async () => {
    await fixture.store.put("media", "text", "before", { contentType: "text/plain" });
    write("text", "after, by hand");
    const { object, body } = await fixture.store.get("media", "text");
    expect(Buffer.concat(await body.toArray()).toString()).to.equal("after, by hand");
    expect(object).to.include({ size: 14 });
    expect(object.details.headers["content-type"]).to.equal("text/plain");
    fs.rmSync(path.join(folder, "text"));
    const error = await fixture.store.head("media", "text").catch((thrown: unknown) => thrown);
    expect(error).to.have.property("code", "NoSuchKey");
  });

  it("are found at the next start, if they came or went while nobody watched", async () => {
    const store = fixture.folder;
    write("kept", "same");
    write("edited", "before");
    await fixture.store.put("media", "removed", "x");
    await Promise.all([index("kept"), index("edited")]);
    const copy = fs.mkdtempSync(`${store}-copy-`);
    await fixture.store.close();
    fixture.database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    fs.cpSync(store, copy, { recursive: true });
    await fixture.close();

    // The copy's files are all newer than the index says: the same bytes are not a put.
    fs.writeFileSync(path.join(copy, "buckets/media/edited"), "after");
    fs.writeFileSync(path.join(copy, "buckets/media/added"), "new");
    fs.rmSync(path.join(copy, "buckets/media/removed"));
    await start(copy);
    expect(events.map(({ type, key }) => `${type} ${key}`).sort()).to.deep.equal([
      "delete removed",
      "put added",
      "put edited",
    ]);
    fs.rmSync(copy, { recursive: true });
  });

  it("are never deleted silently with their bucket", async () => {
    write("precious", "x");
    expect(fixture.store.deleteBucket("media")).to.deep.equal({ kept: folder });
    expect(fs.existsSync(path.join(folder, "precious"))).to.equal(true);
    expect(fixture.store.deleteBucket("media", { force: true })).to.deep.equal({ kept: undefined });
    expect(fs.existsSync(folder)).to.equal(false);
  });
});

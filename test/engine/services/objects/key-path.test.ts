import fs from "node:fs";
import path from "node:path";

import { expect } from "chai";

import { isNaturalKey } from "../../../../engine/services/objects/key-path";
import { startObjectStore, type ObjectStoreFixture } from "./object-store-fixture";

const unnatural = [
  "..", "../../../../trav", "a/../b", "a/./b", "/a", "//", "a//b", "a/", "/", ".hidden", "a/.DS_Store", "CON", "a/nul.txt",
  "trailing.", "trailing ", "back\\slash", "ctl\u0001", "nul\u0000", "line\nend", "x".repeat(300), "a/".repeat(500) + "..",
]; // prettier-ignore

describe("Where an object's file lies", () => {
  let fixture: ObjectStoreFixture;

  beforeEach(async () => {
    fixture = await startObjectStore();
    await fixture.store.createBucket("media");
  });
  afterEach(async () => {
    await fixture.close();
    expect(fixture.faults).to.deep.equal([]);
  });

  const text = async (key: string): Promise<string> =>
    Buffer.concat(await (await fixture.store.get("media", key)).body.toArray()).toString();

  it("takes ordinary keys for paths, and no others", () => {
    for (const key of ["a", "a/b/c.txt", "ü é+ %41&.txt", "😀/x", "a..b", "x".repeat(240)]) {
      expect(isNaturalKey(key), key).to.equal(true);
    }
    for (const key of unnatural) expect(isNaturalKey(key), JSON.stringify(key)).to.equal(false);
  });

  it("puts an ordinary key where a person would look for it", async () => {
    await fixture.store.put("media", "scenes/4/clip ü.mp4", "x");
    const file = path.join(fixture.store.bucketFolder("media"), "scenes/4/clip ü.mp4");
    expect(fs.readFileSync(file, "utf8")).to.equal("x");
    expect(fixture.store.pathOf("media", "scenes/4/clip ü.mp4")).to.equal(file);
    fixture.store.delete("media", "scenes/4/clip ü.mp4");
    expect(fs.readdirSync(fixture.store.bucketFolder("media"))).to.deep.equal([]);
  });

  it("keeps keys that make no safe path, inside the store and apart from each other", async () => {
    const keys = unnatural.filter((key) => Buffer.byteLength(key) <= 1024);
    for (const key of keys) await fixture.store.put("media", key, `text of ${key}`);
    for (const key of keys) {
      expect(await text(key), JSON.stringify(key)).to.equal(`text of ${key}`);
      expect(fixture.store.pathOf("media", key)).to.match(
        new RegExp(`^${fs.realpathSync(fixture.folder)}/objects/media/`),
      );
    }
    expect(fixture.store.list("media").objects.map(({ key }) => key)).to.have.members(keys);
    expect(fs.readdirSync(fixture.store.bucketFolder("media"))).to.deep.equal([]);
    expect(fs.existsSync(path.join(fixture.folder, "..", "trav"))).to.equal(false);
  });

  it("keeps keys apart that a disk may take for the same", async () => {
    const keys = ["a.txt", "A.TXT", "\u00e9", "e\u0301", "Folder/x", "folder/y", "stra\u00dfe", "STRASSE"];
    for (const key of keys) await fixture.store.put("media", key, key);
    for (const key of keys) expect(await text(key)).to.equal(key);
    const named = fs.readdirSync(fixture.store.bucketFolder("media"), { recursive: true }) as string[];
    const seenByDisk = named.map((name) => name.normalize("NFC").toUpperCase());
    expect(new Set(seenByDisk).size).to.equal(named.length);
  });

  it("keeps a key that is both a file and a folder of others, in either order", async () => {
    for (const keys of [
      ["one", "one/two", "one/two/three"],
      ["uno/dos/tres", "uno/dos", "uno"],
    ]) {
      for (const key of keys) await fixture.store.put("media", key, key);
      for (const key of keys) expect(await text(key)).to.equal(key);
    }
  });

  it("removes the file of an object that lies elsewhere when another replaces it", async () => {
    const files = (): string[] =>
      fs
        .readdirSync(fixture.folder, { recursive: true, withFileTypes: true })
        .flatMap((entry) => (entry.isFile() && !entry.name.startsWith("tandem.sqlite") ? [entry.name] : []));
    await fixture.store.put("media", "one/two", "1");
    await fixture.store.put("media", "one", "2");
    const before = files();
    await fixture.store.put("media", "one", "3");
    expect(await text("one")).to.equal("3");
    expect(files()).to.have.length(before.length);
  });

  it("does not write through a link out of the folder", async () => {
    const outside = fs.mkdtempSync(path.join(fixture.folder, "outside-"));
    fs.symlinkSync(outside, path.join(fixture.store.bucketFolder("media"), "link"));
    await fixture.store.put("media", "link/x", "text");
    expect(await text("link/x")).to.equal("text");
    expect(fs.readdirSync(outside)).to.deep.equal([]);
  });

  it("keeps every version of a versioned object, the current one under its name", async () => {
    fixture.store.updateBucket("media", { versioning: true });
    const versions = [];
    for (const body of ["1", "2", "3"]) versions.push(await fixture.store.put("media", "v", body));
    for (const [index, { versionId }] of versions.entries()) {
      const { body } = await fixture.store.get("media", "v", { versionId });
      expect(Buffer.concat(await body.toArray()).toString()).to.equal(String(index + 1));
    }
    expect(fs.readFileSync(path.join(fixture.store.bucketFolder("media"), "v"), "utf8")).to.equal("3");
  });
});

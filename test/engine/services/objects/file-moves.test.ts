import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { expect } from "chai";
import sinon from "sinon";

import { FileMoves } from "../../../../engine/services/objects/file-moves";
import { startObjectStore, type ObjectStoreFixture } from "./object-store-fixture";

describe("The object store after a crash between the index and the files", () => {
  let folder: string;
  let fixture: ObjectStoreFixture;

  beforeEach(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-moves-"));
    fixture = await startObjectStore({ folder });
    await fixture.store.createBucket("media", { publishEvents: true });
  });
  afterEach(async () => {
    sinon.restore();
    await fixture.close();
    fs.rmSync(folder, { recursive: true });
  });

  /** Does `work` as far as its transaction, and then opens the store again, as after a crash right there. */
  const crashAfter = async (work: () => Promise<unknown> | void, moves = 0): Promise<void> => {
    await fixture.store.close();
    const carryOut = sinon.stub(FileMoves.prototype, "carryOut");
    await work();
    carryOut.restore();
    if (moves > 0) {
      const { source, target } =
        fixture.database.prepare("SELECT source, target FROM s3_moves ORDER BY id").get() ?? {};
      fs.renameSync(path.join(folder, String(source)), path.join(folder, String(target)));
    }
    await fixture.close();
    fixture = await startObjectStore({ folder });
  };
  const text = async (versionId?: string): Promise<string> => {
    const { body } = await fixture.store.get("media", "a/b", { versionId });
    return Buffer.concat(await body.toArray()).toString();
  };
  const named = path.join("buckets", "media", "a", "b");

  it("gives a new object its name", async () => {
    await crashAfter(() => fixture.store.put("media", "a/b", "new").then());
    expect(await text()).to.equal("new");
    expect(fs.readFileSync(path.join(folder, named), "utf8")).to.equal("new");
    expect(fixture.events).to.have.length(1);
  });

  it("replaces the old one with the new one", async () => {
    await fixture.store.put("media", "a/b", "old");
    fixture.events.length = 0;
    await crashAfter(() => fixture.store.put("media", "a/b", "new").then());
    expect(await text()).to.equal("new");
    expect(fixture.events.map(({ size }) => size)).to.deep.equal([3]);
  });

  it("keeps both versions, whether or not the old one was out of the way", async () => {
    fixture.store.updateBucket("media", { versioning: true, publishEvents: true });
    let before = await fixture.store.put("media", "a/b", "one");
    for (const [moves, body] of [
      [0, "two"],
      [1, "three"],
    ] as const) {
      await crashAfter(() => fixture.store.put("media", "a/b", body).then(), moves);
      expect(await text()).to.equal(body);
      expect(await text(before.versionId)).to.equal(moves === 0 ? "one" : "two");
      before = await fixture.store.head("media", "a/b");
    }
  });

  it("removes what was deleted, instead of finding it as a file dropped by hand", async () => {
    await fixture.store.put("media", "a/b", "old");
    fixture.events.length = 0;
    await crashAfter(() => void fixture.store.delete("media", "a/b"));
    expect(fs.existsSync(path.join(folder, named))).to.equal(false);
    expect(fixture.events.map(({ type }) => type)).to.deep.equal(["delete"]);
  });

  it("sweeps bodies that never became an object, and no others", async () => {
    const hidden = path.join(folder, "objects", "media");
    await fixture.store.put("media", "not//natural", "kept");
    const [kept] = fs.readdirSync(hidden);
    await crashAfter(() => fs.writeFileSync(path.join(hidden, "half"), "ha"));
    expect(fs.readdirSync(hidden)).to.deep.equal([kept]);
  });

  /** Opens the store again, as after a crash that came later: what was done is not undone, and nothing is done twice. */
  const reopen = async (meanwhile: () => void): Promise<void> => {
    await fixture.store.close();
    meanwhile();
    await fixture.close();
    fixture = await startObjectStore({ folder });
  };

  it("leaves alone what a person has put where an object was deleted or replaced", async () => {
    await fixture.store.put("media", "a/b", "ours");
    fixture.store.delete("media", "a/b");
    await reopen(() => {
      fs.mkdirSync(path.join(folder, "buckets", "media", "a"), { recursive: true });
      fs.writeFileSync(path.join(folder, named), "a person's");
    });
    expect(fs.readFileSync(path.join(folder, named), "utf8")).to.equal("a person's");
    expect(await text()).to.equal("a person's");
    await fixture.store.put("media", "a/b", "ours again");
    await reopen(() => fs.writeFileSync(path.join(folder, named), "another person's"));
    expect(await text()).to.equal("another person's");
  });

  it("finds an object whose name was taken, also once the name is free again", async () => {
    const rename = sinon.stub(fs, "renameSync").throws(Object.assign(new Error("held open"), { code: "EPERM" }));
    await fixture.store.put("media", "a/b", "stays hidden");
    rename.restore();
    expect(await text()).to.equal("stays hidden");
    await reopen(() => undefined);
    expect(await text()).to.equal("stays hidden");
    expect(fs.existsSync(path.join(folder, named))).to.equal(false);
  });

  it("makes the folder of an object again that a person has removed just then", async () => {
    const { makeRoom } = fixture.store.files;
    sinon.stub(fixture.store.files, "makeRoom").callsFake((bucket, key) => {
      const hasRoom = makeRoom.call(fixture.store.files, bucket, key);
      fs.rmSync(path.join(folder, "buckets", "media", "a"), { recursive: true });
      return hasRoom;
    });
    await fixture.store.put("media", "a/b", "new");
    expect(fs.readFileSync(path.join(folder, named), "utf8")).to.equal("new");
  });

  it("keeps no move that it has made, beyond the next change", async () => {
    const planned = (): number => fixture.database.prepare("SELECT * FROM s3_moves").all().length;
    for (const key of ["a/b", "c", "d"]) {
      await fixture.store.put("media", key, "x");
      expect(planned()).to.be.at.most(1);
    }
    fixture.store.delete("media", "c");
    expect(planned()).to.equal(0);
  });
});

import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { expect } from "chai";

import { FolderWatch } from "../../../../engine/services/objects/folder-watch";
import { FakeClock } from "../../../../testing/fake-clock";

describe("The watch of the buckets' folders", () => {
  let folder: string;
  let clock: FakeClock;
  let watch: FolderWatch;
  let reported: string[];
  let known: string[];
  let found: string[];

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-watch-"));
    fs.mkdirSync(path.join(folder, "media"));
    clock = new FakeClock();
    [reported, known, found] = [[], [], []];
    watch = new FolderWatch({
      folder,
      clock,
      isKnown: (_bucket, key) => known.includes(key),
      keysIn: () => [],
      changed: (bucket, key) => reported.push(`${bucket}/${key}`),
      found: (bucket, key) => found.push(`${bucket}/${key}`),
      failed: (error) => expect.fail(String(error)),
    });
    watch.start();
  });
  afterEach(() => {
    watch.close();
    fs.rmSync(folder, { recursive: true });
  });

  const write = (name: string, text: string): void => fs.appendFileSync(path.join(folder, "media", name), text);
  /** Resolves once the system has said that something has changed: then the watch has a look soon. */
  const noticed = async (): Promise<void> => {
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
  };

  it("reports a file once, when it has kept its size for a quarter of a second", async () => {
    write("clip.mp4", "one");
    await noticed();
    await clock.tick(200);
    write("clip.mp4", "more");
    await clock.tick(200);
    expect(reported).to.deep.equal([]);
    await clock.tick(200);
    expect(reported).to.deep.equal(["media/clip.mp4"]);
    await clock.tick(1000);
    expect(reported).to.have.length(1);
    expect(clock.pending).to.equal(0);
  });

  it("does not report what the index has already, nor what is hidden", async () => {
    known.push("ours");
    write("ours", "x");
    write(".hidden", "x");
    await noticed();
    await clock.tick(1000);
    expect(reported).to.deep.equal([]);
    expect(clock.pending).to.equal(0);
  });

  it("finds what can be no object, and does not report it", async () => {
    known.push("link");
    fs.symlinkSync(path.join(folder, "target"), path.join(folder, "media", "link"));
    write("nul.txt", "x");
    write(".hidden", "x");
    await noticed();
    await clock.tick(1000);
    expect([...new Set(found)].sort()).to.deep.equal(["media/link", "media/nul.txt"]);
    expect(reported).to.deep.equal([]);
    expect(clock.pending).to.equal(0);
  });

  it("reports nothing more once it is closed", async () => {
    write("late", "x");
    await noticed();
    watch.close();
    await clock.tick(1000);
    expect(reported).to.deep.equal([]);
  });
});

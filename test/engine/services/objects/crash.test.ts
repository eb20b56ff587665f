import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

import { expect } from "chai";

import { startObjectStore } from "./object-store-fixture";

/** Puts objects as fast as it can until it is killed, and prints each that was acknowledged. */
const storm = `
  const { startObjectStore } = require(${JSON.stringify(path.join(__dirname, "object-store-fixture"))});
  const { createHash, randomBytes } = require("node:crypto");
  (async () => {
    const { store } = await startObjectStore({ folder: process.argv[1], deliver: () => new Promise(() => undefined) });
    await store.createBucket("plain", { publishEvents: true });
    await store.createBucket("versions", { versioning: true });
    const writer = async (name) => {
      for (let count = 0; ; count += 1) {
        const bucket = count % 2 ? "plain" : "versions";
        const key = \`\${name}/\${count % 7 === 0 ? "a//" : ""}\${count % 50}\`;
        const bytes = randomBytes(1 + (count * 997) % 200_000);
        const { versionId } = await store.put(bucket, key, bytes);
        const hash = createHash("md5").update(bytes).digest("hex");
        process.stdout.write(JSON.stringify({ bucket, key, versionId, hash, count }) + "\\n");
      }
    };
    await Promise.all(["one", "two", "three", "four"].map(writer));
  })();
`;

interface Acknowledged {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  readonly hash: string;
}

describe("The object store after kill -9", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-crash-"));
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  it("has every acknowledged object whole, no half object, and every event", async () => {
    const register = path.resolve(__dirname, "../../../../engine/monitor/register.js");
    const child = spawn(process.execPath, ["--require", register, "--eval", storm, folder], {
      cwd: path.resolve(__dirname, "../../../.."),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    const acknowledged: Acknowledged[] = [];
    for await (const line of createInterface(child.stdout)) {
      if (line.endsWith("}")) acknowledged.push(JSON.parse(line) as Acknowledged);
      if (acknowledged.length === 400) child.kill("SIGKILL");
    }
    await ended;

    const fixture = await startObjectStore({ folder });
    const { store } = fixture;
    const hash = async (bucket: string, key: string, versionId?: string): Promise<string> => {
      const { body } = await store.get(bucket, key, { versionId });
      return createHash("md5")
        .update(Buffer.concat(await body.toArray()))
        .digest("hex");
    };
    for (const { bucket, key, versionId, hash: expected } of acknowledged) {
      if (bucket === "versions") expect(await hash(bucket, key, versionId), key).to.equal(expected);
    }
    const puts = acknowledged.filter(({ bucket }) => bucket === "plain");
    const lastByKey = new Map(puts.map((put) => [put.key, put.hash]));
    for (const key of lastByKey.keys()) expect(await store.head("plain", key)).to.have.property("key", key);
    let whole = 0;
    for (const bucket of ["plain", "versions"]) {
      for (const object of store.listVersions(bucket).objects) {
        const versionId = object.isCurrent ? undefined : object.versionId;
        expect(await hash(bucket, object.key, versionId), object.key).to.equal(object.eTag);
        if (bucket === "plain" && lastByKey.get(object.key) === object.eTag) whole += 1;
      }
    }
    // Of each of the four writers, one put may have been made and not been acknowledged.
    expect(whole).to.be.at.least(lastByKey.size - 4);
    const kept = fs.readdirSync(path.join(folder, "objects/plain")).length;
    expect(kept).to.equal(store.list("plain").objects.filter(({ isNatural }) => !isNatural).length);
    const told = new Set(fixture.events.map(({ eTag }) => eTag));
    for (const put of puts) expect(told.has(put.hash), `event of ${put.key}`).to.equal(true);
    // What the crash interrupted was finished, not found again as a file dropped by hand.
    expect(fixture.events.length).to.be.at.most(puts.length + 4);
    await fixture.close();
  }).timeout(20_000);
});

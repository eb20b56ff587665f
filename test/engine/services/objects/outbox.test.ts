import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { expect } from "chai";

import type { ObjectEvent } from "../../../../engine/services/objects/object-record";
import { FakeClock } from "../../../../testing/fake-clock";
import { startObjectStore, type FixtureOptions, type ObjectStoreFixture } from "./object-store-fixture";

describe("The events of the object store", () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-events-"))));
  afterEach(async () => {
    for (const fixture of running.splice(0)) await fixture.close();
    fs.rmSync(folder, { recursive: true });
  });

  const running: ObjectStoreFixture[] = [];
  const start = async (options: FixtureOptions = {}): Promise<ObjectStoreFixture> => {
    const fixture = await startObjectStore(options);
    running.push(fixture);
    return fixture;
  };

  it("are delivered before the put that they tell of is answered", async () => {
    const { store, events } = await start();
    await store.createBucket("media", { publishEvents: true });
    await store.put("media", "a", "x");
    expect(events).to.have.length(1);
    await store.createBucket("quiet");
    await store.put("quiet", "a", "x");
    expect(events).to.have.length(1);
  });

  it("are offered again until they are taken, ever more slowly", async () => {
    const clock = new FakeClock();
    const attempts: number[] = [];
    const deliver = (): void => {
      attempts.push(clock.now());
      if (attempts.length < 3) throw new Error("not yet");
    };
    const { store } = await start({ clock, deliver });
    await store.createBucket("media", { publishEvents: true });
    const begun = clock.now();
    await store.put("media", "a", "x");
    await clock.tick(60_000);
    expect(attempts.map((time) => time - begun)).to.deep.equal([0, 1000, 3000]);
  });

  it("are offered at least once a minute, however long they are not taken", async () => {
    const clock = new FakeClock();
    let attempts = 0;
    const deliver = (): void => {
      attempts += 1;
      throw new Error("not yet");
    };
    const { store } = await start({ clock, deliver });
    await store.createBucket("media", { publishEvents: true });
    await store.put("media", "a", "x");
    await clock.tick(10 * 60_000);
    const before = attempts;
    await clock.tick(10 * 60_000);
    expect(attempts - before).to.equal(10);
  });

  it("that were not taken are delivered again after a restart, with the same id", async () => {
    const first: ObjectEvent[] = [];
    const lost = await start({
      folder,
      deliver(event) {
        first.push(event);
        return event.key === "taken" ? undefined : new Promise(() => undefined);
      },
    });
    await lost.store.createBucket("media", { publishEvents: true });
    for (const key of ["taken", "lost 1", "lost 2"]) await lost.store.put("media", key, "x");
    await running.pop()?.close();
    const again = await start({ folder });
    expect(again.events).to.deep.equal(JSON.parse(JSON.stringify(first.slice(1))));
  });

  it("have sequencers that grow", async () => {
    const { store, events } = await start();
    await store.createBucket("media", { publishEvents: true });
    for (let time = 0; time < 20; time += 1) await store.put("media", "a", String(time));
    const sequencers = events.map(({ sequencer }) => sequencer);
    expect([...sequencers].sort()).to.deep.equal(sequencers);
    expect(new Set(sequencers).size).to.equal(20);
  });

  it("tell of objects that expire, at the midnight after their days", async () => {
    const clock = new FakeClock(Date.parse("2026-01-01T10:00:00Z"));
    const { store, events } = await start({ clock });
    await store.createBucket("media", { publishEvents: true, expirationDays: 1 });
    await store.put("media", "a", "x");
    await clock.tick(37 * 60 * 60 * 1000);
    expect(events.map(({ type }) => type)).to.deep.equal(["put"]);
    await clock.tick(2 * 60 * 60 * 1000);
    expect(events.at(-1)).to.include({ type: "delete", reason: "Lifecycle Expiration" });
  });
});

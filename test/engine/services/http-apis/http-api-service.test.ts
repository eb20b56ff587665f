import * as net from "node:net";
import { DatabaseSync } from "node:sqlite";
import { expect } from "chai";
import { HttpApiFixture } from "./http-api-fixture";

const definition = { id: "a1b2c3d4e5", displayName: "web" };

describe("HttpApiService", () => {
  const fixtures: HttpApiFixture[] = [];
  const fixture = (database = new DatabaseSync(":memory:")): HttpApiFixture => {
    const made = new HttpApiFixture({ database });
    fixtures.push(made);
    return made;
  };
  afterEach(() => Promise.all(fixtures.splice(0).map((each) => each.close())));

  it("knows an API's address while the program runs, and keeps requests waiting until all is applied", async () => {
    const { service, activity } = fixture();
    const address = await service.reserve(definition);
    expect(address).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await service.reserve(definition)).to.equal(address);
    expect(service.endpoints.get(definition.id)).to.equal(address);
    let answered = false;
    const answer = fetch(`${address}/hello`).finally(() => (answered = true));
    while (activity.idle) await new Promise((resolve) => setImmediate(resolve));
    await service.define(definition);
    expect(answered).to.equal(false);
    await service.open();
    expect((await answer).status).to.equal(404);
  });

  it("says 503 for an API that a reload has reserved and not yet applied", async () => {
    const { service } = fixture();
    await service.open();
    const address = await service.reserve(definition);
    expect((await fetch(address)).status).to.equal(503);
  });

  it("lets an address go that nothing came of", async () => {
    const { service } = fixture();
    const address = await service.reserve(definition);
    await service.open();
    expect(service.endpoints.size).to.equal(0);
    expect(await isListening(address)).to.equal(false);
  });

  it("has the same port in the next run, and another, with a notice, where that is taken", async () => {
    const database = new DatabaseSync(":memory:");
    const first = fixture(database);
    const address = await first.service.reserve(definition);
    await first.service.close();
    const second = fixture(database);
    expect(await second.service.reserve(definition)).to.equal(address);
    const third = fixture(database);
    const other = await third.service.reserve(definition);
    expect(other).not.to.equal(address);
    expect(third.notices()).to.deep.equal([
      `port ${new URL(address).port}, where API web was, is in use; it has ${new URL(other).port} now`,
    ]);
    await Promise.all([second.service.close(), third.service.close()]);
    expect(await fixture(database).service.reserve(definition)).to.equal(other);
  });

  it("closes an API that goes away, connections and all", async () => {
    const { service } = fixture();
    const address = await service.reserve(definition);
    await service.define(definition);
    await service.open();
    const socket = net.connect(Number(new URL(address).port), "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => undefined);
    await service.remove(definition.id);
    await closed;
    expect(service.find(definition.id)).to.equal(undefined);
    expect(await isListening(address)).to.equal(false);
  });

  it("takes over changes without closing, and forgets nothing of the parts", async () => {
    const changed = await HttpApiFixture.open();
    fixtures.push(changed);
    changed.handler = () => "ok";
    changed.route("GET /");
    const { port } = changed;
    const cors = {
      allowOrigins: ["*"],
      allowMethods: [],
      allowHeaders: [],
      exposeHeaders: [],
      allowCredentials: false,
    };
    await changed.service.define({ ...definition, cors });
    expect(changed.port).to.equal(port);
    const { status, headers } = await changed.send("GET", "/", { headers: { origin: "https://a.example" } });
    expect([status, headers["access-control-allow-origin"]]).to.deep.equal([200, "*"]);
    changed.api.removeRoute("r1");
    expect((await changed.send("GET", "/")).status).to.equal(404);
  });
});

function isListening(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(Number(new URL(address).port), "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

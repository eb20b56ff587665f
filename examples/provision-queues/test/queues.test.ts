import * as chai from "chai";
import { record, tandemChai, type RecordedApp } from "tandem/testing";

chai.use(tandemChai);
const { expect } = chai;

const names = ["orders", "invoices", "shipments"];

describe("the team's queues", () => {
  let app: RecordedApp;

  before(async () => {
    app = await record(() => import("../index.js"), { folder: ".." });
  });

  const inputs = (name: string) => app.component("Queue", name).child("aws:sqs/queue:Queue", name).inputs;

  for (const name of names) {
    it(`${name} tries five times, then hands over to its dead letters`, () => {
      const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(String(inputs(name).redrivePolicy)) as Record<
        string,
        unknown
      >;
      expect(maxReceiveCount).to.equal(5);
      expect(deadLetterTargetArn).to.equal(app.component("Queue", `${name}-failed`).outputs.arn);
      expect(inputs(`${name}-failed`).messageRetentionSeconds).to.equal(1_209_600);
    });

    it(`${name} is encrypted, and carries the team's tag`, () => {
      expect(inputs(name)).to.deep.include({ sqsManagedSseEnabled: true, tags: { team: "orders" } });
    });
  }

  it("are exported by name", () => {
    const { queueUrls, deadLetterUrls } = app.outputs;
    const urls = (suffix: string) =>
      Object.fromEntries(names.map((name) => [name, app.component("Queue", name + suffix).outputs.url]));
    expect(queueUrls).to.deep.equal(urls(""));
    expect(deadLetterUrls).to.deep.equal(urls("-failed"));
  });

  it("are what was reviewed", () => {
    expect(app).to.matchGraph("queues");
  });
});

import { expect } from "chai";
import * as path from "node:path";
import type { Output } from "@pulumi/pulumi";
import { record, type RecordedApp } from "tandem/testing";

const names = ["orders", "invoices", "shipments"];

describe("the team's queues", () => {
  const folder = process.cwd();
  let app: RecordedApp;

  before(async () => {
    process.chdir(path.resolve(__dirname, ".."));
    app = await record(() => import("../index.js"));
  });
  after(() => process.chdir(folder));

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

  it("are exported by name", async () => {
    const { queueUrls, deadLetterUrls } = app.exports as Record<string, Record<string, Output<string>>>;
    for (const name of names) {
      const url = await new Promise<string>((resolve) => queueUrls?.[name]?.apply(resolve));
      expect(url).to.equal(app.component("Queue", name).outputs.url);
      expect(deadLetterUrls).to.have.property(name);
    }
  });
});

import { expect } from "chai";
import * as sinon from "sinon";
import type { Properties, RecordedResource } from "../../../engine/graph/resource";
import { resource } from "../graph/resources";
import { ServicesFixture } from "../services-fixture";

describe("The twin of a rule", () => {
  let fixture: ServicesFixture;

  beforeEach(() => {
    fixture = new ServicesFixture();
  });

  afterEach(() => fixture.close());

  it("is on unless the program says otherwise, in either way", async () => {
    const rules = sinon.spy(fixture.services.events, "putRule");
    const eventPattern = '{"source":["shop"]}';
    const isOn = async (inputs: Properties): Promise<boolean | undefined> => {
      await fixture.apply(resource("aws:cloudwatch/eventRule:EventRule", "rule", { eventPattern, ...inputs }));
      return rules.lastCall.args[0].enabled;
    };
    expect(await isOn({})).to.equal(true);
    expect(await isOn({ state: "DISABLED" })).to.equal(false);
    expect(await isOn({ state: "ENABLED" })).to.equal(true);
    expect(await isOn({ isEnabled: false })).to.equal(false);
    expect(await isOn({ isEnabled: true })).to.equal(true);
    expect(fixture.warnings()).to.be.empty;
  });

  it("takes the events of its own bus, and sends them on to another", async () => {
    const { events, activity, queues } = fixture.services;
    const bus = (name: string) => resource("aws:cloudwatch/eventBus:EventBus", name, { name });
    const eventPattern = '{"source":["shop"]}';
    const on = (name: string, eventBusName: string, arn: string): RecordedResource[] => [
      resource("aws:cloudwatch/eventRule:EventRule", name, { name, eventBusName, eventPattern }),
      resource("aws:cloudwatch/eventTarget:EventTarget", name, { rule: `${eventBusName}/${name}`, eventBusName, arn }),
    ];
    queues.define({ name: "jobs", displayName: "jobs", attributes: {} });
    await fixture.apply(
      bus("orders"),
      bus("audit"),
      ...on("forward", "orders", events.busArn("audit")),
      ...on("keep", "audit", queues.arnOf("jobs")),
    );
    events.start();
    const shop = { source: "shop", "detail-type": "Sold", detail: {} };
    await events.publish(shop);
    await events.publish(shop, "orders");
    await activity.whenIdle();
    expect(queues.messages("jobs").map(({ body }) => (JSON.parse(body) as { source: string }).source)).to.deep.equal([
      "shop",
    ]);
    expect(fixture.warnings()).to.be.empty;
  });

  it("does not run a schedule, and says so", async () => {
    const { events, activity } = fixture.services;
    const rule = (inputs: Properties): RecordedResource =>
      resource("aws:cloudwatch/eventRule:EventRule", "nightly", { name: "nightly", ...inputs });
    const target = resource("aws:cloudwatch/eventTarget:EventTarget", "cleanup", {
      rule: "nightly",
      arn: "arn:aws:lambda:us-east-1:000000000000:function:cleanup",
    });
    await fixture.apply(rule({ scheduleExpression: "rate(1 day)" }), target);
    expect(fixture.warnings()).to.deep.equal([
      "nightly: scheduleExpression of aws:cloudwatch/eventRule:EventRule has no effect here",
    ]);
    await events.publish({ source: "shop", "detail-type": "Order", detail: {} });
    expect(activity.idle).to.equal(true);

    await fixture.apply(rule({ eventPattern: '{"source":["shop"]}' }), target);
    await events.publish({ source: "shop", "detail-type": "Order", detail: {} });
    expect(activity.idle).to.equal(false);
  });

  it("is refused without a pattern and a schedule", async () => {
    const failed = await fixture.apply(resource("aws:cloudwatch/eventRule:EventRule", "none", {})).catch(String);
    expect(failed).to.contain("Event pattern is not valid");
  });
});

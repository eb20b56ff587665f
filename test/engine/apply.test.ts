import { expect } from "chai";
import type { Properties } from "../../engine/graph/resource";
import { resource } from "./graph/resources";
import { ServicesFixture } from "./services-fixture";

const bucket = (inputs: Properties) => resource("aws:s3/bucket:Bucket", "media", inputs);

describe("Bringing what runs to a program", () => {
  let fixture: ServicesFixture;

  beforeEach(() => {
    fixture = new ServicesFixture();
  });

  afterEach(() => fixture.close());

  it("says which inputs of a resource have no effect here, before it is there", async () => {
    await fixture.apply(bucket({ acl: "private", website: { indexDocument: "index.html" }, tags: { a: "b" } }));
    const order = fixture.events.map((event) => (event.type === "resource" ? event.status : event.type));
    expect(order).to.deep.equal(["creating", "notice", "created"]);
    expect(fixture.warnings()).to.deep.equal(["media: acl, website of aws:s3/bucket:Bucket have no effect here"]);
  });

  it("says so of nested ones by their paths, and of one in the singular", async () => {
    const vpcConfig = { subnetIds: ["subnet-1"] };
    const loggingConfig = { logFormat: "JSON", applicationLogLevel: "WARN" };
    await fixture.apply(resource("aws:lambda/function:Function", "hello", { vpcConfig, loggingConfig }));
    expect(fixture.warnings()).to.include(
      "hello: loggingConfig.applicationLogLevel of aws:lambda/function:Function has no effect here",
    );
  });

  it("says so again when a resource changes, and not when it goes", async () => {
    await fixture.apply(bucket({ acl: "private" }));
    fixture.warnings();
    await fixture.apply(bucket({ acl: "private" }));
    expect(fixture.warnings(), "unchanged").to.be.empty;
    await fixture.apply(bucket({ acl: "public-read", forceDestroy: true }));
    expect(fixture.warnings(), "changed").to.deep.equal(["media: acl of aws:s3/bucket:Bucket has no effect here"]);
    await fixture.apply();
    expect(fixture.warnings(), "gone").to.be.empty;
  });

  it("says nothing of what it takes over, nor of types that are not run at all", async () => {
    await fixture.apply(
      bucket({ bucket: "media-1", tags: {} }),
      resource("aws:sns/topic:Topic", "news", { fifo: true }),
    );
    expect(fixture.events.flatMap((event) => (event.type === "resource" ? [event.status] : []))).to.include("inert");
    expect(fixture.warnings()).to.be.empty;
  });
});

import { expect } from "chai";
import * as path from "node:path";
import { record, type Permission, type RecordedApp } from "tandem/testing";

/** What may be done, without what every function has: its log and its dead letters. */
function summary(permissions: Permission[]): string[] {
  return permissions
    .flatMap(({ actions, resources }) =>
      resources.map(
        (resource) => `${actions.join(" ")} on ${resource.replace(/-[0-9a-f]{7}\b/g, "").replace(/^arn:aws:/, "")}`,
      ),
    )
    .filter((line) => !/ on (logs|sqs:.*-dead-letter)/.test(line));
}

describe("the ray tracer", () => {
  const folder = process.cwd();
  let app: RecordedApp;

  before(async () => {
    process.chdir(path.resolve(__dirname, ".."));
    app = await record(() => import("../index.js"));
  });
  after(() => process.chdir(folder));

  it("lets onScene read scenes, write renders, and send tiles", () => {
    expect(summary(app.permissions("onScene"))).to.deep.equal([
      "s3:AbortMultipartUpload s3:DeleteObject s3:PutObject on s3:::renders/*",
      "s3:GetObject on s3:::scenes/*",
      "s3:ListBucket on s3:::renders",
      "sqs:SendMessage on sqs:us-east-1:000000000000:tiles",
    ]);
  });

  it("lets onTile start containers, and the containers do nothing by themselves", () => {
    const own = summary(app.permissions("onTile"));
    expect(own).to.include("ecs:RunTask on ecs:us-east-1:000000000000:task-definition/renderer:1");
    expect(own.filter((line) => line.includes("s3:::scenes"))).to.have.length(0);
    expect(app.resources.filter(({ name }) => name === "renderer-policy")).to.have.length(0);
  });

  it("lets the routes read renders only", () => {
    for (const name of ["web-get-renders", "web-get-renders-id", "web-get-renders-id-file"]) {
      const actions = app.permissions(name).flatMap(({ actions: each }) => each);
      expect(actions.filter((action) => !/^(s3:(GetObject|ListBucket)|logs:.*)$/.test(action))).to.have.length(0);
    }
  });

  it("renders a tile again before it gives it up, and hides it for as long as a container may take", () => {
    const { inputs } = app.component("Queue", "tiles").child("aws:sqs/queue:Queue", "tiles");
    expect(inputs.redrivePolicy).to.include('"maxReceiveCount":3');
    const timeout = Number(app.component("aws:lambda/function:Function", "onTile").inputs.timeout);
    expect(Number(inputs.visibilityTimeoutSeconds)).to.be.at.least(6 * timeout);
  });

  it("sends one tile to each invocation, and eight at a time", () => {
    const mapping = app.component("aws:lambda/eventSourceMapping:EventSourceMapping", "onTile-mapping").inputs;
    expect(mapping).to.deep.include({ batchSize: 1, scalingConfig: { maximumConcurrency: 8 } });
  });
});

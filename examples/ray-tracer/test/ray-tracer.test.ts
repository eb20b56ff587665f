import * as chai from "chai";
import sinon from "sinon";
import { record, tandemChai, type Permission, type RecordedApp } from "tandem/testing";

chai.use(tandemChai);
const { expect } = chai;

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
  let app: RecordedApp;

  before(async () => {
    app = await record(() => import("../index.js"), { folder: ".." });
  });

  it("refuses what is no scene, and says why in its status", async () => {
    const put = sinon.stub().resolves({ eTag: "1" });
    const log = sinon.stub(console, "log");
    try {
      const scene = { key: "my scene.zip", eTag: "0123456789", size: 100 };
      await app.invoke("onScene", scene, { "scenes.get": async () => Buffer.from("no zip"), "renders.put": put });
    } finally {
      log.restore();
    }
    const [key, status] = put.firstCall.args as [string, string];
    expect(key).to.equal("my-scene-01234567/status.json");
    expect(JSON.parse(status)).to.include({ state: "refused" });
    expect(put.callCount).to.equal(1);
  });

  it("tries a tile again that failed, and notes the reason at the last time only", async () => {
    const put = sinon.stub().resolves({ eTag: "1" });
    const stubs = {
      "renders.signedUrl": sinon.stub().resolves("https://signed.test"),
      "renderer.run": sinon.stub().resolves({ wait: async () => ({ exitCode: 1, reason: "", log: "a\nno memory" }) }),
      "renders.put": put,
    };
    const attempt = (receiveCount: number) =>
      app
        .invoke("onTile", { body: { render: "r", tile: 7 }, receiveCount }, stubs)
        .catch((error: Error) => error.message);
    expect(await attempt(1)).to.equal("tile 7 of r: no memory");
    expect(put.callCount).to.equal(0);
    expect(await attempt(3)).to.equal("tile 7 of r: no memory");
    expect(put.args).to.deep.equal([["r/failed/7.json", '{"reason":"no memory"}']]);
  });

  it("answers 404 for a render and a file that are not there", async () => {
    const stubs = { "renders.exists": sinon.stub().resolves(false) };
    for (const path of ["/renders/none", "/renders/none/picture.png", "/renders/none/other.txt"]) {
      const route = path === "/renders/none" ? "GET /renders/{id}" : "GET /renders/{id}/{file+}";
      expect((await app.invoke<Response>(route, { path }, stubs)).status, path).to.equal(404);
    }
  });

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
    expect(own).to.include("ecs:RunTask on ecs:us-east-1:000000000000:task-definition/renderer:*");
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

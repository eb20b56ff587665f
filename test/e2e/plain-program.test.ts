import { expect } from "chai";
import { Engine } from "../../engine/engine";
import type { TimedEngineEvent } from "../../engine/services/engine-events";
import { TemporaryProject } from "../engine/temporary-project";

describe("a program without this library", () => {
  it("runs too: functions from texts and folders, objects, and a bucket that notifies functions", async () => {
    const project = new TemporaryProject(
      `
      import * as aws from "@pulumi/aws";
      import * as pulumi from "@pulumi/pulumi";
      const bucket = new aws.s3.Bucket("media");
      bucket.onObjectCreated("callback", async (event: aws.s3.BucketEvent) => {
        console.log("callback", event.Records?.[0]?.eventName, event.Records?.[0]?.s3.object.key);
      }, { filterSuffix: ".txt" });
      const role = new aws.iam.Role("role", { assumeRolePolicy: "{}" });
      const listed = new aws.lambda.Function("listed", {
        role: role.arn,
        runtime: "nodejs24.x",
        handler: "main.handler",
        code: new pulumi.asset.AssetArchive({
          "main.js": new pulumi.asset.StringAsset("exports.handler = async () => require('./lib/answer').answer;"),
          lib: new pulumi.asset.FileArchive("./lib"),
        }),
      });
      new aws.s3.BucketObjectv2("readme", { bucket: bucket.id, key: "readme.md", content: "hello" });
      export const name = listed.name;
    `,
      { "lib/answer.js": "exports.answer = 42;" },
    );
    const engine = Engine.open({ projectFolder: project.folder });
    const events: TimedEngineEvent[] = [];
    engine.engineEvents.listen((event) => events.push(event));
    try {
      await engine.up();
      const media = [...engine.graph.values()].find(({ type }) => type === "aws:s3/bucket:Bucket")?.id ?? "";
      expect((await engine.services.objects.head(media, "readme.md")).size).to.equal(5);
      await engine.services.objects.put(media, "read me.txt", Buffer.from("x"));
      await engine.services.objects.put(media, "other.md", Buffer.from("x"));
      await engine.idle();
      const lines = events.flatMap((event) => (event.type === "log" ? [event.line] : []));
      expect(lines).to.deep.equal(["callback ObjectCreated:Put read+me.txt"]);
      const { payload } = await engine.services.functions.invoke(String(engine.stackOutputs.name), Buffer.from("{}"));
      expect(payload.toString()).to.equal("42");
      project.write("lib/answer.js", "exports.answer = 43;");
      await engine.reload();
      const again = await engine.services.functions.invoke(String(engine.stackOutputs.name), Buffer.from("{}"));
      expect(again.payload.toString()).to.equal("43");
    } finally {
      await engine.close();
      project.remove();
    }
  });
});

import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Bucket, Function, Queue } from "../../../components";
import { record } from "../../../testing";
import { refusal } from "../refusal";

/** A component of a program's own, of some type: below it, a name may stand that stands elsewhere too. */
const below = (type: string): pulumi.ComponentResourceOptions => ({
  parent: new pulumi.ComponentResource(`acme:index:${type}`, "one"),
});

describe("components of the same name in two classes", () => {
  it("may each be used by a handler of its own", async () => {
    const app = await record(() => {
      for (const type of ["Videos", "Pictures"]) {
        const bucket = new Bucket("media", {}, below(type));
        bucket.onPut(`on${type}`, async () => void (await bucket.delete("a.txt")));
      }
    });
    for (const name of ["onVideos", "onPictures"]) {
      const { environment } = app.component("Function", name).child("aws:lambda/function:Function").inputs;
      expect(environment?.variables).to.have.property("TANDEM_BUCKET_media");
    }
  });

  it("are refused in one handler, which could tell only one of them", async () => {
    const error = await refusal(() => {
      const [videos, pictures] = ["Videos", "Pictures"].map((type) => new Bucket("media", {}, below(type)));
      new Function("copy", async () => void (await pictures?.put("a.txt", (await videos?.getText("a.txt")) ?? "")));
    });
    expect(error.code).to.equal("ERR_CAPTURE_NAME");
    expect(error.message).to.include('handler "copy"').and.include('two of the name "media"');
  });

  it("are no loop where a handler of one writes to the other, and refused for their name", async () => {
    const error = await refusal(() => {
      const [videos, pictures] = ["Videos", "Pictures"].map((type) => new Bucket("media", {}, below(type)));
      videos?.onPut("onVideo", async () => void (await pictures?.put("a.txt", "")));
    });
    expect(error.code).to.equal("ERR_CAPTURE_NAME");
  });

  it("are refused where one is the queue that a handler listens to", async () => {
    const error = await refusal(() => {
      const [first, second] = ["Videos", "Pictures"].map((type) => new Queue<string>("jobs", {}, below(type)));
      first?.onMessage("onJob", async ({ body }) => void (await second?.send(body)));
    });
    expect(error.code).to.equal("ERR_CAPTURE_NAME");
  });

  it("may be of different kinds, and one may be used in many ways", async () => {
    const app = await record(() => {
      const bucket = new Bucket("media");
      const queue = new Queue<string>("media-jobs");
      const fn = new Function("media", async () => bucket.get("a.txt"));
      queue.onMessage("onJob", async ({ body }) => {
        await Promise.all([bucket.put("a.txt", body), bucket.exists("b.txt"), fn.invoke(undefined), queue.send(body)]);
        await queue.deadLetters.redrive();
      });
    });
    expect(app.component("Function", "onJob")).to.exist;
  });
});

import { Bucket, Function } from "../../../components";
import * as pulumi from "@pulumi/pulumi";
import * as infra from "./reached-infra";
import { media, buckets, save, Store } from "./reached-infra";
const alias = media;
const { put } = media;
const all = [new Bucket("a0"), new Bucket("a1")];
const store = new Store(media);
const write = (b: Bucket, k: string) => b.put(k, "v");
const wrap = (b: Bucket) => ({ go: (k: string) => b.delete(k) });
const wrapped = wrap(media);
new Function("alias", async () => {
  await alias.put("k", "v");
});
new Function("destructured", async () => {
  await put("k", "v");
});
new Function("ns", async () => {
  await infra.jobs.send({ id: "1" });
});
new Function("member", async () => {
  await buckets.out.put("k", "v");
});
new Function("importedHelper", async () => {
  await save("k");
});
new Function("param", async () => {
  await write(media, "k");
});
new Function("store", async () => {
  await store.save("k");
});
new Function("wrapped", async () => {
  await wrapped.go("k");
});
new Function("index0", async () => {
  await all[0]?.put("k", "v");
});
new Function("inside", async () => {
  const b = media;
  const { getText: read } = b;
  return read("k");
});
new Function("optional", async () => media?.getText("k"));
for (const b of [media, buckets.in])
  new Function("loop-" + (b === media ? "m" : "i"), async () => {
    await b.put("k", "v");
  });
class App {
  public readonly bucket = new Bucket("app");
  public constructor() {
    new Function("method", async () => this.run());
    new Function("bound", this.run.bind(this));
  }
  public async run() {
    await this.bucket.put("k", "v");
  }
}
new App();
new Function("newstore", async () => {
  await new Store(media).load("k");
});

class Comp extends pulumi.ComponentResource {
  public readonly bucket: Bucket;
  private readonly prefix = "c/";
  public constructor(name: string) {
    super("my:index:Comp", name);
    this.bucket = new Bucket("inner", {}, { parent: this });
    new Function(
      "comp-arrow",
      async () => {
        await this.bucket.put(this.prefix + "k", "v");
        return this.prefix;
      },
      {},
      { parent: this },
    );
    new Function("comp-method", async () => this.save("k"), {}, { parent: this });
  }
  public async save(k: string) {
    await this.bucket.put(k, "v");
    return this.prefix + k;
  }
}
new Comp("comp");

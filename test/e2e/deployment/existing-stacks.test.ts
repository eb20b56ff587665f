import { PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import type { Cloud } from "../provider/cloud";
import { changesOf } from "./deployed-example";
import { atTop, inClass, oneRegion, oneRegionNested, twoRegions } from "./existing-programs";
import { ExistingProject, nameOf, namesOf, type StateResource } from "./existing-project";

/** How many objects an App's route counts, behind its authorizer, through a function, in its bucket. */
async function counted(cloud: Cloud, url: unknown, bucket: unknown, key: string): Promise<unknown> {
  await cloud.s3().send(new PutObjectCommand({ Bucket: String(bucket), Key: key, Body: "text" }));
  const answer = await fetch(`${String(url)}/count`, { headers: { "x-key": "open" } });
  expect((await fetch(`${String(url)}/count`, { headers: { "x-key": "shut" } })).status).to.equal(403);
  expect(await (await fetch(`${String(url)}/`)).text()).to.include("<title>page</title>");
  return answer.json();
}

describe("components in a class of the user's own", function () {
  this.timeout(120_000);
  let project: ExistingProject;
  const up = async (stack = "dev"): Promise<string[]> => changesOf(await project.pulumi.up({ stack }));

  describe("in two regions, each by a provider", () => {
    const regions = { eu: "eu-west-1", us: "us-west-2" };
    let resources: StateResource[];

    before(async () => {
      project = await ExistingProject.start(twoRegions);
      await project.pulumi.init("dev");
      // Whoever asks for a provider that the program does not make fails.
      await project.pulumi.done(["config", "set", "--path", "pulumi:disable-default-providers[0]", "*"]);
      await up();
      resources = await project.resources();
    });

    after(() => project.close());

    for (const [name, region] of Object.entries(regions)) {
      it(`are all made by the provider of ${region}`, async () => {
        const own = resources.filter(({ urn }) => nameOf(urn).startsWith(`${name}-`));
        const providers = new Set(own.map(({ provider = "" }) => provider.split("::").slice(2, 4).join(" ")));
        expect([...providers].sort()).to.deep.equal([
          `pulumi:providers:aws ${name === "eu" ? "europe" : "america"}`,
          "pulumi:providers:docker-build builder",
        ]);
        expect(namesOf(own.filter(({ type }) => type.startsWith("aws:")))).to.deep.equal(await project.inCloud(region));
      });

      it(`name no other region than ${region}`, () => {
        for (const { urn, inputs, outputs } of resources.filter((each) => nameOf(each.urn).startsWith(`${name}-`))) {
          const named = JSON.stringify([inputs, outputs]).match(/\b(eu|us)-(east|west)-\d\b/g) ?? [];
          expect([region, ...named], urn).to.satisfy((all: string[]) => all.every((each) => each === region));
        }
      });
    }

    it("have the default tags of their provider", () => {
      for (const { urn, outputs } of resources.filter(({ type }) => type.startsWith("aws:"))) {
        const expected = nameOf(urn).startsWith("eu-") ? "video" : undefined;
        expect((outputs?.["tagsAll"] as { team?: string } | undefined)?.team, urn).to.equal(expected);
      }
    });

    it("work in each", async () => {
      const { urls, media } = (await project.pulumi.outputs()) as Record<string, Record<string, string>>;
      const [europe, america] = [await project.pulumi.cloud(regions.eu), await project.pulumi.cloud(regions.us)];
      expect(await counted(europe, urls?.["eu"], media?.["eu"], "a.txt")).to.deep.equal({ count: 1 });
      expect(await counted(europe, urls?.["eu"], media?.["eu"], "b.txt")).to.deep.equal({ count: 2 });
      expect(await counted(america, urls?.["us"], media?.["us"], "a.txt")).to.deep.equal({ count: 1 });
    });

    it("are the same a second time", async () => {
      expect(await up()).to.be.empty;
    });
  });

  describe("in two stacks of one account", () => {
    const stacks = ["dev", "prod"];

    before(async () => {
      project = await ExistingProject.start(oneRegion);
      for (const stack of stacks) {
        await project.pulumi.init(stack);
        await project.pulumi.done(["config", "set", "--path", "aws:defaultTags.tags.stage", stack, "--stack", stack]);
        await up(stack);
      }
    });

    after(() => project.close());

    it("have names of their own", async () => {
      const both = await Promise.all(stacks.map((stack) => project.resources(stack)));
      expect(both.map(namesOf).flat().sort()).to.deep.equal(await project.inCloud());
      // These are named within another resource.
      const inAnother = /^aws:(s3\/bucket[A-Z]|apigatewayv2\/(stage|authorizer|route))/;
      const names = both.flat().flatMap(({ type, inputs = {} }) => {
        const name = inputs["name"] ?? inputs["family"] ?? inputs["bucket"];
        return name === undefined || inAnother.test(type) ? [] : [`${type} ${String(name)}`];
      });
      expect(names.length).to.be.above(60);
      expect(new Set(names).size).to.equal(names.length);
    });

    it("have the default tags of their stack", async () => {
      for (const stack of stacks) {
        for (const { urn, type, outputs } of await project.resources(stack))
          if (type.startsWith("aws:")) expect(outputs?.["tagsAll"], urn).to.deep.equal({ stage: stack });
      }
    });

    it("live on where another goes, which goes before what it came after", async () => {
      const cloud = await project.pulumi.cloud();
      const calls = cloud.calls.length;
      const destroyed = await project.pulumi.destroy({ stack: "dev" });
      expect(destroyed.code, destroyed.output).to.equal(0);
      expect(cloud.calls.at(-1)).to.include({ operation: "delete", name: "before" });
      expect(cloud.calls[0]).to.include({ operation: "create", name: "before" });
      expect(cloud.calls.length).to.be.above(calls);
      expect(namesOf(await project.resources("prod"))).to.deep.equal(await project.inCloud());
      const { url, media } = await project.pulumi.outputs("prod");
      expect(await counted(cloud, url, media, "a.txt")).to.deep.equal({ count: 1 });
      expect(await up("prod")).to.be.empty;
    });

    it("move with the class that they are in", async () => {
      project.become(oneRegionNested);
      expect(await up("prod")).to.deep.equal(["create company"]);
      expect(namesOf(await project.resources("prod"))).to.deep.equal(await project.inCloud());
    });
  });

  describe("with options", () => {
    const none = { bucket: "", queue: "" };
    /** What is in the class: all but the queue that comes after it. */
    const inVideos = async (): Promise<StateResource[]> =>
      (await project.resources()).filter(({ urn }) => nameOf(urn) !== "after");

    before(async () => {
      project = await ExistingProject.start(atTop);
      await project.pulumi.init("dev");
      await up();
    });

    after(() => project.close());

    it("are waited for as a whole, functions and all", async () => {
      const resources = await project.resources();
      const after = resources.find(({ urn }) => nameOf(urn) === "after");
      const others = resources.filter((each) => each !== after).map(({ urn }) => urn);
      expect([...(after?.dependencies ?? [])].sort()).to.deep.equal(others.sort());
      expect((await project.pulumi.cloud()).calls.at(-1)?.name).to.equal("after");
    });

    it("move into a class without a trace, by either alias", async () => {
      const aliases = {
        bucket: "aliases: [{ parent: pulumi.rootStackResource }]",
        queue: 'aliases: [pulumi.createUrn("jobs", "tandem:index:Queue")]',
      };
      project.become(inClass("", aliases));
      expect(await up()).to.deep.equal(["create videos"]);
      for (const { urn } of await inVideos()) expect(urn).to.include("acme:index:Videos$tandem:index:");
    });

    it("are transformed: by those of the class, and by those of the stack, old and new", async () => {
      const ofStack =
        'pulumi.runtime.registerStackTransformation(tag("c"));\npulumi.runtime.registerResourceTransform(tag("d"));';
      project.become(inClass('transformations: [tag("a")], transforms: [tag("b")]', none, ofStack));
      const changes = await up();
      expect(changes.filter((change) => !change.startsWith("update "))).to.be.empty;
      const tags = (await project.pulumi.cloud())
        .all()
        .filter(({ type, name }) => /(bucket:Bucket|queue:Queue|role:Role)$/.test(type) && name !== "after")
        .map(({ inputs }) => inputs["tags"]);
      expect(tags).to.have.lengthOf(5);
      for (const each of tags) expect(each).to.deep.equal({ a: "yes", b: "yes", c: "yes", d: "yes" });
    });

    it("ignore changes of what they are told to", async () => {
      const options = 'transforms: [tag("other")]';
      project.become(inClass(options, { bucket: 'ignoreChanges: ["tags"]', queue: 'ignoreChanges: ["tags"]' }));
      expect(await up()).to.be.empty;
      for (const { urn, ignoreChanges } of await inVideos()) expect(ignoreChanges, urn).to.deep.equal(["tags"]);
    });

    it("are not destroyed while they are protected", async () => {
      const ignoring = { bucket: 'ignoreChanges: ["tags"]', queue: 'ignoreChanges: ["tags"]' };
      project.become(inClass("protect: true", ignoring));
      await up();
      const resources = await inVideos();
      for (const { urn, protect } of resources) expect(protect, urn).to.equal(true);
      const { code, output } = await project.pulumi.destroy();
      expect(code).not.to.equal(0);
      expect(output).to.match(
        /resource "urn:[^"]+Videos\$tandem:index:[^"]+" cannot be deleted\s+because it is protected/,
      );
      expect(await project.inCloud()).to.include.members(namesOf(resources));
    });

    it("are left in the account where they are retained, also those that are transformed", async () => {
      const retained = { bucket: "retainOnDelete: true", queue: "retainOnDelete: true" };
      project.become(inClass('transforms: [tag("b")]', retained));
      await up();
      const resources = await inVideos();
      for (const { urn, retainOnDelete } of resources) expect(retainOnDelete, urn).to.equal(true);
      const { code, output } = await project.pulumi.destroy();
      expect(code, output).to.equal(0);
      expect(await project.resources()).to.be.empty;
      expect(await project.inCloud()).to.deep.equal(namesOf(resources));
    });
  });
});

import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import * as library from "../../../components";
import { Api, Bucket, Function, Queue, Task } from "../../../components";
import { reachingChildren } from "../../../components/shared/options";
import { record } from "../../../testing";

const components: Readonly<Record<string, (opts: pulumi.ComponentResourceOptions) => unknown>> = {
  Api: (opts) => new Api("one", {}, opts).get("/", async () => undefined),
  Bucket: (opts) => new Bucket("one", {}, opts).onPut("handler", async () => undefined),
  Function: (opts) => new Function("one", async () => undefined, {}, opts),
  Queue: (opts) => new Queue("one", {}, opts).onMessage("handler", async () => undefined),
  Task: (opts) => new Task("one", { image: "alpine:3.22" }, opts).onExit("handler", async () => undefined),
};

/** What a child with `own` options is made with in a component that was given `given`. */
function passed(given: pulumi.ComponentResourceOptions, own: pulumi.CustomResourceOptions = {}) {
  const child = { resource: {} as pulumi.Resource, type: "aws:sqs/queue:Queue", name: "one", props: {} };
  const transformations = reachingChildren(given).transformations ?? [];
  return transformations.reduce((opts, change) => change({ ...child, opts })?.opts ?? opts, own);
}

const isComponent = (value: unknown): boolean =>
  typeof value === "function" && value.prototype instanceof pulumi.ComponentResource;

describe("options of a component", () => {
  it("are held for every component that the library exports", () => {
    const exported = Object.entries(library).filter(([, value]) => isComponent(value));
    expect(Object.keys(components)).to.have.members(exported.map(([name]) => name));
  });

  for (const [name, make] of Object.entries(components)) {
    it(`reach each resource of a component: ${name}`, async () => {
      const app = await record(() => void make({ protect: true, ignoreChanges: ["tags"] }));
      const made = app.resources.filter(({ type }) => type.startsWith("aws:"));
      expect(made).not.to.be.empty;
      for (const { type, options } of made) {
        expect(options.ignoreChanges, type).to.deep.equal(["tags"]);
        expect(options.protect, type).to.equal(true);
      }
    });
  }

  it("are added to those of a resource, and do not take their place", () => {
    expect(passed({ ignoreChanges: ["tags", "name"] }, { ignoreChanges: ["name", "policy"] })).to.deep.equal({
      ignoreChanges: ["name", "policy", "tags"],
    });
    expect(passed({ replaceOnChanges: ["tags"] }, { replaceOnChanges: ["policy"] })).to.deep.equal({
      replaceOnChanges: ["policy", "tags"],
    });
    expect(passed({ customTimeouts: { create: "9m" }, retainOnDelete: true }, { retainOnDelete: false })).to.deep.equal(
      {
        customTimeouts: { create: "9m" },
        retainOnDelete: false,
      },
    );
  });

  it("are handed down where Pulumi keeps them for the component: each of them", () => {
    const given = {
      ignoreChanges: ["tags"],
      replaceOnChanges: ["name"],
      hideDiffs: ["policy"],
      replaceWith: [{} as pulumi.Resource],
      customTimeouts: { create: "9m" },
      replacementTrigger: "1",
      retainOnDelete: true,
    };
    expect(passed(given)).to.deep.equal(given);
    for (const [option, value] of Object.entries(given))
      expect(passed({ [option]: value }), option).to.deep.equal({ [option]: value });
  });

  it("can be changed by the program's own transformations", () => {
    const without: pulumi.ResourceTransformation = ({ props, opts }) => ({
      props,
      opts: { ...opts, ignoreChanges: [] },
    });
    expect(passed({ ignoreChanges: ["tags"], transformations: [without] })).to.deep.equal({ ignoreChanges: [] });
  });

  it("can be given up for one resource: a protected task takes new revisions", async () => {
    const revised: pulumi.ResourceTransformation = ({ type, props, opts }) =>
      type.endsWith(":TaskDefinition") ? { props, opts: { ...opts, protect: false } } : undefined;
    const opts = { protect: true, transformations: [revised] };
    const app = await record(() => void new Task("one", { image: "alpine:3.22" }, opts));
    const open = app.resources.filter(({ type, options }) => type.startsWith("aws:") && !options.protect);
    expect(open.map(({ type }) => type)).to.deep.equal(["aws:ecs/taskDefinition:TaskDefinition"]);
  });

  it("that Pulumi hands down by itself are left to it", () => {
    const given = { protect: true, aliases: [{ name: "old" }] };
    expect(reachingChildren(given)).to.equal(given);
  });
});

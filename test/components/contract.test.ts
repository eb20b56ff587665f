import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import * as library from "../../components";
import { Api, Bucket, Function, Queue, Task } from "../../components";
import { record, type RecordedApp, type RecordedNode } from "../../testing";

/** The smallest program with each component that the library exports; a new component is added here. */
const components: Readonly<Record<string, () => unknown>> = {
  Api: () => new Api("one").get("/", async () => undefined),
  Bucket: () => new Bucket("one").onPut("handler", async () => undefined),
  Function: () => new Function("one", async () => undefined),
  Queue: () => new Queue("one").onMessage("handler", async () => undefined),
  Task: () => new Task("one", { image: "alpine:3.22" }).onExit("handler", async () => undefined),
};

const isComponentClass = (value: unknown): boolean =>
  typeof value === "function" && value.prototype instanceof pulumi.ComponentResource;

describe("every component", () => {
  it("is among those that this contract covers", () => {
    const exported = Object.entries(library).filter(([, value]) => isComponentClass(value));
    expect(exported.map(([name]) => name).sort()).to.deep.equal(Object.keys(components).sort());
  });

  for (const [name, program] of Object.entries(components)) {
    describe(name, () => {
      let app: RecordedApp;
      before(async () => {
        app = await record(() => void program());
      });

      const own = (): RecordedNode[] => app.resources.filter(({ type }) => type.startsWith("tandem:"));

      it("has a type token of the library", () => {
        expect(app.component(name, "one").type).to.equal(`tandem:index:${name}`);
      });

      it("parents everything that it makes", () => {
        const roots = app.resources.filter(({ options }) =>
          (options.parent ?? "::pulumi:pulumi:Stack::").includes("::pulumi:pulumi:Stack::"),
        );
        expect(roots.map(({ type }) => type)).to.deep.equal([`tandem:index:${name}`]);
      });

      it("names its children after itself", () => {
        for (const component of own()) {
          for (const child of component.children.filter(({ type }) => !type.startsWith("tandem:"))) {
            expect(child.name.startsWith(component.name), `${component.name} has a child ${child.name}`).to.equal(true);
          }
        }
      });

      it("registers outputs", () => {
        for (const component of own()) {
          expect(Object.keys(component.outputs), `${component.type} ${component.name}`).not.to.be.empty;
        }
      });

      it("grants no wildcard action and no managed policy", () => {
        expect(app.resources.filter(({ type }) => /olicyAttachment/.test(type))).to.be.empty;
        for (const { type, inputs } of app.resources) {
          if (type !== "aws:iam/rolePolicy:RolePolicy") continue;
          const { Statement } = JSON.parse(String(inputs.policy)) as { Statement: { Action: string[] }[] };
          for (const { Action } of Statement) expect(Action.join()).not.to.include("*");
        }
      });

      it("refuses an argument that does not exist, and suggests the one that was meant", async () => {
        const make = {
          Api: () => new Api("two", { corz: true } as object),
          Bucket: () => new Bucket("two", { versionned: true } as object),
          Function: () => new Function("two", async () => undefined, { memmory: 1 } as object),
          Queue: () => new Queue("two", { retension: 60 } as object),
          Task: () => new Task("two", { image: "a", memmory: 1 } as object as never),
        }[name];
        const error = await record(() => void make?.()).catch((thrown: unknown) => thrown);
        expect(error).to.be.instanceOf(library.TandemError);
        expect((error as library.TandemError).code).to.equal("ERR_ARGUMENT_UNKNOWN");
        expect((error as library.TandemError).message).to.match(/did you mean (cors|versioned|memory|retention)\?/);
      });
    });
  }
});

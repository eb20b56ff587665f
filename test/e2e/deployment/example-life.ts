import { expect } from "chai";
import type { Cloud } from "../provider/cloud";
import { changesOf, DeployedExample, type Edit } from "./deployed-example";
import { PreviewFile } from "./preview-text";

/** A change of the program, and what a deployment of it may touch. */
interface Change {
  readonly edits: readonly Edit[];
  /** `update onNewThumbnail`, sorted. */
  readonly changes: readonly string[];
}

/** An example with the changes that its users would make. */
export interface ExampleLife {
  /** The example's folder. */
  readonly name: string;
  /** What it is for, done on what was deployed. */
  readonly runs: (cloud: Cloud, outputs: Readonly<Record<string, unknown>>) => Promise<void>;
  /** Changes in turn, e.g. `a line of a handler`. */
  readonly changes: Readonly<Record<string, Change>>;
  /** A component by another name, with an alias: nothing is replaced. */
  readonly renamed: readonly Edit[];
  /** The same without an alias. */
  readonly renamedWithoutAlias: readonly Edit[];
  /** What goes and comes then. */
  readonly lost: readonly string[];
  /** A property that AWS cannot change. */
  readonly replacing: Change & {
    /** Empties what AWS does not delete while something is in it. */
    readonly before?: (cloud: Cloud) => Promise<void>;
    /** What follows: each is done after those before it. */
    readonly order: readonly string[];
  };
}

/** What Pulumi does where a resource is replaced. */
export function replaced(name: string): string[] {
  return [`create-replacement ${name}`, `delete-replaced ${name}`, `replace ${name}`];
}

/** The life of an example on Pulumi's own engine, from its first preview to its end. */
export function livesAndEnds(life: ExampleLife): void {
  describe(`${life.name}, deployed`, () => {
    let example: DeployedExample;
    const previews = new PreviewFile(life.name);
    /** Shows what a deployment would do, holds it to what is kept, and gives it. */
    const preview = async (step: string): Promise<string[]> => {
      const outcome = await example.pulumi.diff();
      const planned = changesOf(outcome);
      previews.add(step, outcome.output);
      return planned;
    };

    before(async () => {
      example = await DeployedExample.start(life.name);
    });

    after(() => example.close());

    it("is previewed, and nothing is touched", async () => {
      await preview("the first deployment");
      expect((await example.cloud()).calls).to.be.empty;
      expect(await example.inCloud()).to.be.empty;
    });

    it("comes up, and does its work", async () => {
      const changes = await example.up();
      expect(new Set(changes.map((change) => change.split(" ")[0]))).to.deep.equal(new Set(["create"]));
      expect(await example.inState()).to.deep.equal(await example.inCloud());
      await life.runs(await example.cloud(), await example.pulumi.outputs());
    });

    it("is the same a second time, and has not drifted", async () => {
      expect(await example.up()).to.be.empty;
      const refreshed = await example.pulumi.refresh();
      expect(refreshed.code, refreshed.output).to.equal(0);
      expect(refreshed.output).not.to.match(/\d+ (updated|deleted)/);
      expect(await example.up()).to.be.empty;
    });

    for (const [what, { edits, changes }] of Object.entries(life.changes)) {
      it(`is changed where ${what} changes, and nowhere else`, async () => {
        example.edit(...edits);
        await preview(what);
        // What is left over would be among the next step's.
        expect(await example.up()).to.deep.equal([...changes].sort());
      });
    }

    it("loses nothing where a component is renamed with an alias", async () => {
      const before = await example.inCloud();
      example.edit(...life.renamed);
      await preview("a component renamed, with an alias");
      const changes = await example.up();
      expect(changes.filter((change) => !change.startsWith("update "))).to.be.empty;
      expect(await example.inCloud()).to.have.lengthOf(before.length);
    });

    it("tells what is lost where a component is renamed without one", async () => {
      example.edit(...life.renamedWithoutAlias);
      const planned = await preview("a component renamed, without an alias");
      expect(planned.filter((change) => !change.startsWith("update "))).to.deep.equal(life.lost);
      example.edit(...life.renamedWithoutAlias.map(({ file, from, to }) => ({ file, from: to, to: from })));
    });

    it("replaces what cannot be changed, in an order that AWS takes, and what refers to it follows", async () => {
      const cloud = await example.cloud();
      await life.replacing.before?.(cloud);
      example.edit(...life.replacing.edits);
      await preview("a property that cannot be changed");
      const before = cloud.calls.length;
      expect(await example.up()).to.deep.equal([...life.replacing.changes].sort());
      const calls = cloud.calls.slice(before).map(({ operation, name }) => `${operation} ${name}`);
      expect(calls.filter((call) => life.replacing.order.includes(call))).to.deep.equal(life.replacing.order);
      await life.runs(cloud, await example.pulumi.outputs());
      expect(await example.up()).to.be.empty;
    });

    it("has been previewed in the steps that are kept", () => previews.end());

    it("goes without a trace", async () => {
      await life.replacing.before?.(await example.cloud());
      const destroyed = await example.pulumi.destroy();
      expect(destroyed.code, destroyed.output).to.equal(0);
      expect(await example.inCloud()).to.be.empty;
      expect(await example.inState()).to.be.empty;
    });
  });
}

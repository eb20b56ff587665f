import { expect } from "chai";
import type { Running } from "../command";
import type { Call } from "../provider/cloud";
import { DeployedExample, type Edit } from "./deployed-example";

const bucket = { file: "index.ts", from: 'new Bucket("media")', to: 'new Bucket("media", { forceDestroy: true })' };
const plain = 'new Bucket("media", { forceDestroy: true })';
const named =
  'new Bucket("media", { forceDestroy: true, transform: { bucket: (args) => ({ ...args, bucket: "our-videos" }) } })';

async function deployed(): Promise<DeployedExample> {
  const example = await DeployedExample.start("video-thumbnailer");
  example.loadFast();
  example.edit(bucket);
  return example;
}

/** Lets the nth change from now on come to `outcome`, and the others be. */
async function atCall(example: DeployedExample, nth: number, outcome: (call: Call) => Promise<void> | void) {
  const cloud = await example.cloud();
  let calls = 0;
  cloud.beforeCall = (call) => (++calls === nth ? outcome(call) : undefined);
  return { undo: () => (cloud.beforeCall = () => undefined), reached: () => calls >= nth };
}

/** Deploys with a failure at the nth change; whether there was one. */
async function failsAt(example: DeployedExample, nth: number): Promise<boolean> {
  const { undo, reached } = await atCall(example, nth, ({ operation, name }) => {
    throw new Error(`ServiceUnavailable: no ${operation} of ${name} just now`);
  });
  const { code, output } = await example.pulumi.up();
  undo();
  if (!reached()) expect(code, output).to.equal(0);
  else
    expect(output)
      .to.match(/ServiceUnavailable: no \w+ of [\w-]+ just now/)
      .and.satisfy(() => code !== 0);
  return reached();
}

/** Deploys again, after which the account has what the program has, once, and Pulumi knows all of it. */
async function converges(example: DeployedExample, all: readonly string[], after: string): Promise<void> {
  const { code, output } = await example.pulumi.up();
  expect(code, `${after}: ${output}`).to.equal(0);
  expect(await example.inCloud(), after).to.deep.equal(all);
  expect(await example.inState(), after).to.deep.equal(all);
}

async function goes(example: DeployedExample): Promise<void> {
  const { code, output } = await example.pulumi.destroy();
  expect(code, output).to.equal(0);
  expect(await example.inCloud()).to.be.empty;
}

describe("a deployment that fails in the middle", function () {
  this.timeout(600_000);
  // Two at a time, each in an account of its own.
  const examples: DeployedExample[] = [];
  let all: string[];

  before(async () => {
    examples.push(await deployed(), await deployed());
    for (const example of examples) await example.up();
    all = (await examples[0]?.inCloud()) ?? [];
  });

  after(() => Promise.all(examples.map((example) => example.close())));

  it("goes on where it was, whatever could not be changed while something was replaced", async () => {
    await Promise.all(
      examples.map(async (example, lane) => {
        let edit: Edit = { file: "index.ts", from: plain, to: named };
        for (let nth = 1 + lane; ; nth += examples.length) {
          example.edit(edit);
          const failed = await failsAt(example, nth);
          await converges(example, all, `change ${nth} of the replacement`);
          if (!failed) return;
          edit = { file: "index.ts", from: edit.to, to: edit.from };
        }
      }),
    );
  });

  it("goes on where it was after Ctrl-C, and what was under way is known", async () => {
    const [, example] = examples as [DeployedExample, DeployedExample];
    for (const nth of [1, 12, 25, all.length]) {
      await goes(example);
      const running: { up?: Running } = {};
      const { undo } = await atCall(example, nth, async () => {
        running.up?.child.kill("SIGINT");
        await running.up?.prints(/\^C received/);
      });
      running.up = example.pulumi.start(["up", "--yes", "--skip-preview", "--stack", "dev"]);
      const { code, output } = await running.up.ended;
      undo();
      expect(code, output).not.to.equal(0);
      await converges(example, all, `Ctrl-C at change ${nth}`);
    }
  });

  it("goes on where it was, whichever resource could not be made", async () => {
    await Promise.all(
      examples.map(async (example, lane) => {
        for (let nth = 1 + lane; nth <= all.length; nth += examples.length) {
          await goes(example);
          expect(await failsAt(example, nth)).to.equal(true);
          await converges(example, all, `resource ${nth}`);
        }
        await goes(example);
      }),
    );
  });
});

import { expect } from "chai";
import { compareGraphs, comparable } from "../../../engine/graph/comparison";
import { Names } from "../../../engine/graph/names";
import { applyChanges, changesBetween } from "../../../engine/graph/property-changes";
import { Archive, type Properties, type RecordedResource, type Value } from "../../../engine/graph/resource";
import { graphOf, resource } from "./resources";

/** Numbers that look like chance and are the same in every run. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function randomValue(pick: (below: number) => number, depth = 0): Value {
  switch (pick(depth > 2 ? 4 : 7)) {
    case 0:
      return pick(5);
    case 1:
      return ["a", "b", '{"json":[1,2]}', "", "x.y"][pick(5)] ?? "";
    case 2:
      return pick(2) === 0;
    case 3:
      return new Archive(undefined, String(pick(3)));
    case 4:
      return Array.from({ length: pick(4) }, () => randomValue(pick, depth + 1));
    default:
      return randomInputs(pick, depth + 1);
  }
}

function randomInputs(pick: (below: number) => number, depth = 0): Properties {
  const keys = ["one", "two", "three", "(odd)"].filter(() => pick(2) === 0);
  return Object.fromEntries(keys.map((key) => [key, randomValue(pick, depth)]));
}

function randomGraph(pick: (below: number) => number): ReadonlyMap<string, RecordedResource> {
  const parents = [undefined, resource("tandem:index:Queue", "group"), resource("tandem:index:Queue", "other")];
  const made = Array.from({ length: pick(8) }, () =>
    resource(`test:index:Type${pick(2)}`, `r${pick(5)}`, randomInputs(pick), {
      parent: parents[pick(3)],
      protect: pick(4) === 0,
      aliases: pick(4) === 0 ? [`urn:pulumi:dev::proj::test:index:Type0::r${pick(5)}`] : [],
    }),
  );
  return graphOf(...parents.filter((parent) => parent !== undefined), ...made);
}

const plain = new Names([], () => "");

describe("the comparison of two recordings", () => {
  it("gives the new one when it is carried out on the old one, for any two", () => {
    for (let seed = 1; seed <= 500; seed++) {
      const pick = chance(seed);
      const [before, after] = [randomGraph(pick), randomGraph(pick)];
      const { added, removed, kept, changed } = compareGraphs(before, after);
      const gone = new Set(removed.map(({ urn }) => urn));
      const changes = new Map(changed.map((change) => [change.before.urn, change]));
      const survivors = [...before.values()].filter(({ urn }) => !gone.has(urn));
      expect(survivors, `seed ${seed}`).to.have.length(kept.length);
      const pairs = new Map(kept.map((pair) => [pair.before.urn, pair.after]));
      const result = new Map<string, Value | undefined>(added.map((each) => [each.urn, comparable(each, plain)]));
      for (const old of survivors) {
        const now = pairs.get(old.urn);
        result.set(now?.urn ?? "", applyChanges(comparable(old, plain), changes.get(old.urn)?.properties ?? []));
      }
      const expected = new Map([...after.values()].map((each) => [each.urn, comparable(each, plain)]));
      expect(result.size, `seed ${seed}`).to.equal(expected.size);
      for (const [urn, properties] of expected) {
        expect(changesBetween(result.get(urn), properties), `seed ${seed}, ${urn}`).to.be.empty;
      }
    }
  });

  it("is empty for a recording and itself, whatever the order", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const graph = randomGraph(chance(seed));
      const { added, removed, changed } = compareGraphs(graph, new Map([...graph].reverse()));
      expect([...added, ...removed, ...changed], `seed ${seed}`).to.be.empty;
    }
  });

  it("takes names of resources for what they are, in another stack and project too", () => {
    const bucket = resource("aws:s3/bucket:Bucket", "media");
    const rule = (urn: (text: string) => string): ReadonlyMap<string, RecordedResource> => {
      const own = { ...bucket, urn: urn(bucket.urn), id: `media-${urn("aaaaaaa")}` };
      const outputs = { arn: `arn:aws:s3:::${own.id}` };
      const policy = resource("aws:s3/bucketPolicy:BucketPolicy", "policy", {
        policy: JSON.stringify({ Resource: [`${outputs.arn}/*`] }),
      });
      return graphOf({ ...own, outputs }, { ...policy, urn: urn(policy.urn) });
    };
    const elsewhere = (text: string): string =>
      text.replace("dev::proj", "prod::other").replaceAll("aaaaaaa", "bbbbbbb");
    const { added, removed, changed } = compareGraphs(
      rule((text) => text),
      rule(elsewhere),
    );
    expect([...added, ...removed, ...changed]).to.be.empty;
  });

  it("says replacement where the provider replaces, and that it does not know where it does not", () => {
    const change = (type: string, before: Properties, after: Properties): string | undefined =>
      compareGraphs(graphOf(resource(type, "it", before)), graphOf(resource(type, "it", after))).changed[0]
        ?.consequence;
    expect(change("aws:sqs/queue:Queue", { delaySeconds: 1 }, { delaySeconds: 2 })).to.equal("update");
    expect(change("aws:sqs/queue:Queue", {}, { fifoQueue: true })).to.equal("replacement");
    expect(change("aws:ecs/taskDefinition:TaskDefinition", { cpu: "1" }, { cpu: "2" })).to.equal("update");
    expect(change("aws:sns/topic:Topic", { name: "a" }, { name: "b" })).to.equal("update or replacement");
  });

  it("follows aliases to the children of a component that was renamed", () => {
    const old = resource("tandem:index:Queue", "jobs");
    const now = resource("tandem:index:Queue", "work", {}, { aliases: [old.urn] });
    const before = graphOf(old, resource("aws:sqs/queue:Queue", "jobs-dead-letter", {}, { parent: old }));
    const after = graphOf(now, resource("aws:sqs/queue:Queue", "work-dead-letter", {}, { parent: now }));
    const { added, removed, changed } = compareGraphs(before, after);
    expect([...added, ...removed]).to.be.empty;
    expect(changed.map(({ renamed }) => renamed)).to.deep.equal([true, true]);
  });
});

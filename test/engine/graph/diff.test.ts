import { expect } from "chai";
import { diffGraphs, type Graph } from "../../../engine/graph/diff";
import { Archive, type Properties, type RecordedResource } from "../../../engine/graph/resource";

function graph(...resources: [name: string, inputs: Properties, id?: string][]): Graph {
  return new Map(
    resources.map(([name, inputs, id = name]): [string, RecordedResource] => [
      `urn:${name}`,
      {
        urn: `urn:${name}`,
        type: "test:index:Thing",
        name,
        custom: true,
        remote: false,
        parent: undefined,
        id,
        inputs,
        outputs: {},
        options: { protect: false, dependsOn: [], aliases: [], ignoreChanges: [], provider: "", secrets: [] },
      },
    ]),
  );
}

const names = (resources: readonly RecordedResource[]): string[] => resources.map(({ name }) => name);

describe("the difference of two graphs", () => {
  it("is nothing for the same graph, whatever the order of keys", () => {
    const { created, updated, deleted } = diffGraphs(
      graph(["a", { x: 1, y: { p: 1, q: [2] } }]),
      graph(["a", { y: { q: [2], p: 1 }, x: 1 }]),
    );
    expect([created, updated, deleted]).to.deep.equal([[], [], []]);
  });

  it("creates in the order of registration and deletes in the reverse", () => {
    const { created, deleted } = diffGraphs(graph(["a", {}], ["b", {}]), graph(["c", {}], ["d", {}]));
    expect(names(created)).to.deep.equal(["c", "d"]);
    expect(names(deleted)).to.deep.equal(["b", "a"]);
  });

  it("updates what has other inputs; archives count by their content", () => {
    const before = graph(["a", { code: new Archive("/1.zip", "h1") }], ["b", { code: new Archive("/2.zip", "h2") }]);
    const after = graph(["a", { code: new Archive("/other.zip", "h1") }], ["b", { code: new Archive("/2.zip", "h3") }]);
    expect(diffGraphs(before, after).updated.map(({ to }) => to.name)).to.deep.equal(["b"]);
  });

  it("replaces what has another id", () => {
    const { created, updated, deleted } = diffGraphs(graph(["a", {}, "old"]), graph(["a", {}, "new"]));
    expect([created.map(({ id }) => id), updated, deleted.map(({ id }) => id)]).to.deep.equal([["new"], [], ["old"]]);
  });
});

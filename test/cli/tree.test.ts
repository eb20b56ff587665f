import { expect } from "chai";
import { stripVTControlCharacters } from "node:util";
import { drawTree, type TreeResource } from "../../cli/report/tree";

const resource = (urn: string, type: string, parent: string | undefined, status = "created"): TreeResource => ({
  urn,
  type,
  name: urn,
  parent,
  status,
  component: type.startsWith("tandem:") || type.startsWith("pulumi:"),
});

const lines = (resources: TreeResource[], width = 100): string[] =>
  drawTree(resources, width).map(stripVTControlCharacters);

describe("the tree of resources", () => {
  const stack = resource("stack", "pulumi:pulumi:Stack", undefined);

  it("has a line for each component, with the types of its own resources beneath", () => {
    expect(
      lines([
        stack,
        resource("media", "tandem:index:Bucket", "stack"),
        resource("media-bucket", "aws:s3/bucket:Bucket", "media"),
        resource("onNew", "tandem:index:Subscription", "media"),
        resource("onNew-rule", "aws:cloudwatch/eventRule:EventRule", "onNew"),
        resource("convert", "tandem:index:Task", "stack"),
        resource("convert-image", "docker-build:index:Image", "convert"),
      ]),
    ).to.deep.equal([
      "  ├─ ✓ media Bucket",
      "  │  │ Bucket",
      "  │  └─ ✓ onNew Subscription",
      "  │       EventRule",
      "  └─ ✓ convert Task",
      "       Image",
    ]);
  });

  it("marks what is coming, what failed, and what nothing here stands for", () => {
    expect(
      lines([
        stack,
        resource("media", "tandem:index:Bucket", "stack"),
        resource("bucket", "aws:s3/bucket:Bucket", "media", "creating"),
        resource("news", "tandem:index:Topic", "stack"),
        resource("topic", "aws:sns/topic:Topic", "news", "inert"),
        resource("broken", "tandem:index:Task", "stack", "failed"),
      ]),
    ).to.deep.equal([
      "  ├─ … media Bucket",
      "  │    Bucket",
      "  ├─ ✓ news Topic",
      "  │    Topic (inert)",
      "  └─ ! broken Task",
    ]);
  });

  it("cuts lines at the width of the terminal", () => {
    const many = Array.from({ length: 30 }, (_, index) => resource(`r${index}`, "aws:iam/role:Role", "media"));
    for (const line of lines([stack, resource("media", "tandem:index:Bucket", "stack"), ...many], 40)) {
      expect(line.length).to.be.at.most(40);
    }
  });
});

import { expect } from "chai";
import type { Properties } from "../../../engine/graph/resource";
import { resource } from "../graph/resources";

const nameOf = (type: string, inputs: Properties, name = "jobs"): unknown => {
  const { outputs } = resource(type, name, inputs);
  return outputs["bucket"] ?? outputs["name"];
};

describe("The physical names of twins", () => {
  const queue = "aws:sqs/queue:Queue";

  it("are the resource's own with seven characters, the same in every run", () => {
    expect(nameOf(queue, {}))
      .to.match(/^jobs-[0-9a-f]{7}$/)
      .and.equal(nameOf(queue, {}));
    expect(nameOf(queue, {}, "others")).to.match(/^others-/);
  });

  it("are what the program says, where it does", () => {
    expect(nameOf("aws:iam/role:Role", { name: "runner", namePrefix: "team-" })).to.equal("runner");
  });

  it("start with the prefix that the program gives", () => {
    const types = [
      "aws:iam/role:Role",
      "aws:cloudwatch/eventRule:EventRule",
      "aws:cloudwatch/logGroup:LogGroup",
      queue,
    ];
    for (const type of types) expect(nameOf(type, { namePrefix: "team-" }), type).to.match(/^team-[0-9a-f]{7}$/);
    expect(nameOf("aws:s3/bucket:Bucket", { bucketPrefix: "team-" })).to.match(/^team-[0-9a-f]{7}$/);
    expect(nameOf("aws:iam/role:Role", { namePrefix: "team" })).to.match(/^team[0-9a-f]{7}$/);
  });

  it("are no longer than AWS takes", () => {
    const long = "x".repeat(100);
    expect(nameOf(queue, {}, long)).to.match(/^x{72}-[0-9a-f]{7}$/);
    expect(nameOf(queue, { namePrefix: long, fifoQueue: true })).to.match(/^x{68}[0-9a-f]{7}\.fifo$/);
    expect(nameOf("aws:s3/bucket:Bucket", { bucketPrefix: long })).to.match(/^x{56}[0-9a-f]{7}$/);
  });
});

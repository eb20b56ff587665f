import { expect } from "chai";
import { Archive } from "../../../engine/graph/resource";
import { twinOf, twinTypes, unknownInputs } from "../../../engine/twins";
import type { KnownInputs } from "../../../engine/twins/twin";
import { misspelt } from "../sdk-inputs";

function pathsOf(inputs: KnownInputs): string[] {
  return Object.entries(inputs).flatMap(([name, inside]) => [
    name,
    ...(inside === true ? [] : pathsOf(inside).map((each) => `${name}.${each}`)),
  ]);
}

describe("The inputs that twins know", () => {
  it("are inputs that the SDK has, down to nested ones", () => {
    expect(twinTypes).to.include.members(["aws:s3/bucket:Bucket", "docker-build:index:Image", "awsx:ec2:Vpc"]);
    const wrong = twinTypes.flatMap((type) =>
      misspelt(type, pathsOf(twinOf(type)?.inputs ?? {})).map((path) => `${path} of ${type}`),
    );
    expect(wrong).to.be.empty;
  });

  it("would be found out if one of them were misspelt", () => {
    const paths = ["corsRules.allowedOrigins", "corsRules.allowedOrigin", "corsRule", "bucket"];
    expect(misspelt("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration", paths)).to.deep.equal([
      "corsRules.allowedOrigin",
      "corsRule",
    ]);
    expect(misspelt("docker-build:index:Image", ["context.location", "context.place"])).to.deep.equal([
      "context.place",
    ]);
  });

  const rules = "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration";
  const allowed = { allowedMethods: ["GET"], allowedOrigins: ["*"] };

  it("leave out nothing that a resource has, and name the others", () => {
    expect(unknownInputs({ type: rules, inputs: { bucket: "media", corsRules: [allowed] } })).to.be.empty;
    expect(unknownInputs({ type: rules, inputs: { bucket: "media", corsRule: allowed } })).to.deep.equal(["corsRule"]);
  });

  it("count for every item of a list, and are named once", () => {
    const corsRules = [allowed, { ...allowed, allowedHost: "a" }, { ...allowed, allowedHost: "b", vary: true }];
    expect(unknownInputs({ type: rules, inputs: { corsRules } })).to.deep.equal([
      "corsRules.allowedHost",
      "corsRules.vary",
    ]);
  });

  it("take whatever is in those that are taken whole, and in files", () => {
    const inputs = {
      tags: { any: "thing" },
      environment: { variables: { ANY: "thing" } },
      code: new Archive(undefined, "1"),
    };
    expect(unknownInputs({ type: "aws:lambda/function:Function", inputs })).to.be.empty;
  });

  it("are not asked of types that nothing stands for", () => {
    expect(unknownInputs({ type: "aws:sns/topic:Topic", inputs: { anything: true } })).to.be.empty;
  });
});

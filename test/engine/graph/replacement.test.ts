import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { consequenceOf, holdsData, providerOption } from "../../../engine/graph/replacement";
import { replacementRules } from "../../../engine/graph/replacing-properties";
import { twinTypes } from "../../../engine/twins";
import { misspelt } from "../sdk-inputs";

/** The types of resources that components make, by their sources. */
function componentTypes(): string[] {
  const folder = path.join(__dirname, "../../../components");
  const files = fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const sources = files.map((file) => fs.readFileSync(path.join(folder, file), "utf8")).join("\n");
  const aws = [...sources.matchAll(/new aws\.(\w+)\.(\w+)\(/g)].map(
    ([, module = "", name = ""]) => `aws:${module}/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`,
  );
  const images = sources.includes("new dockerBuild.Image(") ? ["docker-build:index:Image"] : [];
  return [...new Set([...aws, ...images])].sort();
}

describe("the rules of replacement", () => {
  it("are there for every type that a component makes or that has a twin", () => {
    const made = componentTypes();
    expect(made).to.include.members(["aws:lambda/function:Function", "docker-build:index:Image"]);
    // What awsx makes, its plugin does.
    const types = [...made, ...twinTypes].filter((type) => !type.startsWith("awsx:"));
    expect(types.filter((type) => replacementRules[type] === undefined)).to.be.empty;
  });

  it("name inputs that the SDK has", () => {
    for (const [type, { replacing, perhaps = [] }] of Object.entries(replacementRules)) {
      expect(misspelt(type, [...(replacing === "*" ? [] : replacing), ...perhaps]), type).to.be.empty;
    }
    expect(misspelt("aws:s3/bucket:Bucket", ["bukket", "objectLockConfiguration.objectLock", "bucket"])).to.deep.equal([
      "bukket",
      "objectLockConfiguration.objectLock",
    ]);
  });

  it("are sorted, and say each property once", () => {
    expect(Object.keys(replacementRules)).to.deep.equal(Object.keys(replacementRules).sort());
    for (const [type, { replacing, perhaps = [] }] of Object.entries(replacementRules)) {
      for (const list of [replacing === "*" ? [] : replacing, perhaps]) {
        expect(list, type).to.deep.equal([...new Set(list)].sort());
      }
      expect(replacing === "*" ? [] : perhaps.filter((property) => replacing.includes(property)), type).to.be.empty;
    }
  });

  it("say of each type that holds data what would lose it", () => {
    const holding = Object.keys(replacementRules).filter(holdsData);
    expect(holding).to.include.members(["aws:s3/bucket:Bucket", "aws:rds/instance:Instance", "aws:sqs/queue:Queue"]);
    for (const type of holding) expect(replacementRules[type]?.replacing, type).not.to.be.empty;
  });

  it("reach into properties, and out of them", () => {
    const table = "aws:dynamodb/table:Table";
    expect(consequenceOf(table, ["importTable.inputFormat"])).to.equal("update");
    expect(consequenceOf(table, ["importTable.s3BucketSource.bucket"])).to.equal("replacement");
    expect(consequenceOf(table, ["importTable"])).to.equal("replacement");
    expect(consequenceOf(table, ["localSecondaryIndexes[0].rangeKey"])).to.equal("replacement");
    expect(consequenceOf(table, ["attributes[0].name", "hashKey"])).to.equal("replacement");
    expect(consequenceOf(table, ["hashKeys"])).to.equal("update");
  });

  it("do not decide where it is the values that do", () => {
    expect(consequenceOf("aws:rds/cluster:Cluster", ["storageType"])).to.equal("update or replacement");
    expect(consequenceOf("aws:rds/cluster:Cluster", ["storageType", "engine"])).to.equal("replacement");
  });

  it("replace what has no update, what goes to another region, and no image", () => {
    expect(consequenceOf("aws:lambda/permission:Permission", ["sourceArn"])).to.equal("replacement");
    expect(consequenceOf("aws:s3/bucket:Bucket", ["region"])).to.equal("replacement");
    expect(consequenceOf("docker-build:index:Image", ["target", "tags[0]"])).to.equal("update");
    expect(consequenceOf("aws:sqs/queue:Queue", ["(protect)"])).to.equal("update");
    expect(consequenceOf("aws:sqs/queue:Queue", [providerOption])).to.equal("update or replacement");
  });
});

import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { settings } from "../../components/shared/settings";

const root = path.resolve(__dirname, "..", "..");
const page = fs.readFileSync(path.join(root, "docs/deploying.md"), "utf8");

/** What IAM calls the services whose resources are in a module of the AWS provider. */
const services: Readonly<Record<string, readonly string[]>> = {
  apigatewayv2: ["apigateway"],
  cloudwatch: ["cloudwatch", "events", "logs"],
};

describe("docs/deploying.md", () => {
  it("lets who deploys make what the components make, in every service", () => {
    const [, policy = ""] = /<!-- deployer-policy -->\n+```json\n([^]*?)```/.exec(page) ?? [];
    const { Statement } = JSON.parse(policy) as { Statement: { Action: string | string[] }[] };
    const allowed = Statement.flatMap(({ Action }) => Action).map((action) => action.split(":")[0]);
    const source = fs
      .globSync("components/**/*.ts", { cwd: root })
      .map((file) => fs.readFileSync(path.join(root, file), "utf8"))
      .join("\n");
    const modules = [...source.matchAll(/\bnew aws\.(\w+)\.[A-Z]/g)].map(([, module = ""]) => module);
    const needed = [...new Set(modules.flatMap((module) => services[module] ?? [module]))];
    expect([...new Set(allowed)].sort()).to.deep.equal(needed.sort());
  });

  it("shows the settings of a stack that there are", () => {
    const shown = [...page.matchAll(/^\| `pulumi config set tandem:(\w+) /gm)].map(([, name]) => name);
    // The platform has one value only, and so nothing to choose.
    expect([...shown, "platform"]).to.have.members(Object.keys(settings()));
  });

  it("starts with the example's Pulumi.yaml", () => {
    const [, yaml = ""] = /```yaml\n([^]*?)```/.exec(page) ?? [];
    const example = fs.readFileSync(path.join(root, "examples/video-thumbnailer/Pulumi.yaml"), "utf8");
    expect(example.startsWith(yaml)).to.equal(true);
  });
});

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

/**
 * What the provider does with the types of the services that are not allowed whole
 * (https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service).
 */
const actions: Readonly<Record<string, readonly string[]>> = {
  "ec2.SecurityGroup": [
    "ec2:CreateSecurityGroup",
    "ec2:DeleteSecurityGroup",
    "ec2:AuthorizeSecurityGroupEgress",
    "ec2:RevokeSecurityGroupEgress",
    "ec2:CreateTags",
    "ec2:DeleteTags",
    "ec2:Describe*",
  ],
  "iam.Role": [
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:GetRole",
    "iam:ListAttachedRolePolicies",
    "iam:ListInstanceProfilesForRole",
    "iam:ListRolePolicies",
    "iam:PassRole",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
  ],
  "iam.RolePolicy": ["iam:PutRolePolicy", "iam:GetRolePolicy", "iam:DeleteRolePolicy"],
  "route53.Record": [
    "route53:ChangeResourceRecordSets",
    "route53:GetChange",
    "route53:GetHostedZone",
    "route53:ListResourceRecordSets",
  ],
};

describe("docs/deploying.md", () => {
  const [, policy = ""] = /<!-- deployer-policy -->\n+```json\n([^]*?)```/.exec(page) ?? [];
  const { Statement } = JSON.parse(policy) as { Statement: { Action: string | string[] }[] };
  const allowed = Statement.flatMap(({ Action }) => Action);
  const source = fs
    .globSync("components/**/*.ts", { cwd: root })
    .map((file) => fs.readFileSync(path.join(root, file), "utf8"))
    .join("\n");
  const made = [...source.matchAll(/\bnew aws\.(\w+\.[A-Z]\w*)/g)].map(([, type = ""]) => type);

  it("lets who deploys make what the components make, in every service", () => {
    const modules = made.map((type) => type.split(".")[0] ?? "");
    const needed = [...new Set(modules.flatMap((module) => services[module] ?? [module]))];
    expect([...new Set(allowed.map((action) => action.split(":")[0]))].sort()).to.deep.equal(needed.sort());
  });

  it("lets who deploys do what that takes, where a service is not allowed whole", () => {
    const types = [...new Set(made)].filter(
      (type) => !allowed.includes(`${(services[type.split(".")[0] ?? ""] ?? type.split("."))[0]}:*`),
    );
    expect(types).to.have.members(Object.keys(actions));
    expect(types.flatMap((type) => actions[type] ?? []).filter((action) => !allowed.includes(action))).to.be.empty;
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

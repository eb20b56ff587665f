import { expect } from "chai";
import { permissionsOf, sentence } from "../../../engine/graph/permissions";
import type { Properties } from "../../../engine/graph/resource";
import { graphOf, resource } from "./resources";

const bucket = resource("aws:s3/bucket:Bucket", "media");
const role = resource("aws:iam/role:Role", "onNew-role");
const logs = resource("aws:cloudwatch/logGroup:LogGroup", "onNew-logs");
const lambda = resource("aws:lambda/function:Function", "onNew", {
  role: role.outputs["arn"] ?? "",
  loggingConfig: { logGroup: logs.id },
});

/** What `onNew` may do when its role has this policy. */
function allowed(...statements: Properties[]): string[] {
  const policy = resource("aws:iam/rolePolicy:RolePolicy", "onNew-policy", {
    role: role.id,
    policy: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
  });
  const [found] = permissionsOf(graphOf(bucket, role, logs, policy, lambda));
  return (found?.permissions ?? []).map((permission) => `${permission.effect} ${sentence(permission)}`);
}

describe("permissions of a recording", () => {
  const objects = `${String(bucket.outputs["arn"])}/*`;

  it("are each action on each resource, by the name that the resource has in the program", () => {
    expect(allowed({ Effect: "Allow", Action: ["s3:PutObject", "s3:GetObject"], Resource: [objects] })).to.deep.equal([
      "allow s3:GetObject on media/*",
      "allow s3:PutObject on media/*",
    ]);
  });

  it("keep denials and conditions", () => {
    const Condition = { ArnEquals: { "aws:SourceArn": String(bucket.outputs["arn"]) } };
    expect(allowed({ Effect: "Deny", Action: "s3:*", Resource: "*", Condition })).to.deep.equal([
      "deny s3:* on everything when aws:SourceArn = media",
    ]);
  });

  it("leave out that a function writes its own logs, and nobody else's", () => {
    const write = (group: string): Properties => ({
      Effect: "Allow",
      Action: "logs:PutLogEvents",
      Resource: `arn:aws:logs:us-east-1:000000000000:log-group:${group}:*`,
    });
    expect(allowed(write(logs.id), write("audit"))).to.deep.equal([
      "allow logs:PutLogEvents on logs:log-group:audit:*",
    ]);
  });

  it("come from attached, inline and managed policies as well", () => {
    const document = JSON.stringify({ Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: objects } });
    const managed = "arn:aws:iam::aws:policy/AmazonSQSFullAccess";
    const broad = resource("aws:iam/role:Role", "onNew-role", {
      inlinePolicies: [{ name: "read", policy: document }],
      managedPolicyArns: [managed],
    });
    const policy = resource("aws:iam/policy:Policy", "list", {
      policy: JSON.stringify({ Statement: [{ Effect: "Allow", NotAction: "s3:DeleteObject", Resource: "*" }] }),
    });
    const attached = resource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "attached", {
      role: broad.id,
      policyArn: policy.outputs["arn"] ?? "",
    });
    const [found] = permissionsOf(graphOf(bucket, broad, policy, attached, lambda));
    expect(found?.permissions.map(sentence)).to.deep.equal([
      "all but s3:DeleteObject on everything",
      "the policy AmazonSQSFullAccess on everything",
      "s3:GetObject on media/*",
    ]);
  });
});

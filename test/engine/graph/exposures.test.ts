import { expect } from "chai";
import { exposuresOf } from "../../../engine/graph/exposures";
import type { Properties } from "../../../engine/graph/resource";
import { graphOf, resource } from "./resources";

/** What is told of one resource. */
const told = (type: string, inputs: Properties): string[] =>
  exposuresOf(graphOf(resource(type, "it", inputs))).map(({ kind, name, what }) => `${kind} ${name}: ${what}`);

describe("what a program opens to the internet", () => {
  const blocked = {
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  };
  const block = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
  const open = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "*" };
  const policy = (statement: Properties): Properties => ({ policy: JSON.stringify({ Statement: [statement] }) });

  it("are buckets that do not block the public, setting by setting", () => {
    expect(told(block, blocked)).to.be.empty;
    expect(told(block, { ...blocked, blockPublicPolicy: false })).to.deep.equal([
      "bucket it: blockPublicPolicy is off",
    ]);
  });

  it("are policies that let anybody in, but not those with a condition, and no denials", () => {
    const type = "aws:s3/bucketPolicy:BucketPolicy";
    expect(told(type, policy(open))).to.deep.equal(["bucket it: anybody may s3:GetObject"]);
    expect(told(type, policy({ ...open, Principal: { AWS: "*" } }))).to.have.length(1);
    expect(told(type, policy({ ...open, Effect: "Deny" }))).to.be.empty;
    expect(told(type, policy({ ...open, Condition: { Bool: {} } }))).to.be.empty;
  });

  it("are routes, with who may call them", () => {
    const type = "aws:apigatewayv2/route:Route";
    expect(told(type, { routeKey: "GET /a" })).to.deep.equal(["url it: GET /a, without authorization"]);
    expect(told(type, { routeKey: "GET /a", authorizationType: "JWT" })).to.deep.equal([
      "url it: GET /a, with JWT authorization",
    ]);
  });

  it("are ports that are open to any address, not to some", () => {
    const rule = { protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks: ["0.0.0.0/0"] };
    const type = "aws:ec2/securityGroup:SecurityGroup";
    expect(told(type, { ingress: [rule] })).to.deep.equal(["port it: port 22 (tcp), from anywhere"]);
    expect(told(type, { ingress: [{ ...rule, cidrBlocks: ["10.0.0.0/8"] }] })).to.be.empty;
    expect(told(type, { egress: [rule] })).to.be.empty;
  });
});

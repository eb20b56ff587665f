import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { unzipSync } from "fflate";
import type { Properties } from "../../../engine/graph/resource";
import { accountOf, localAccount } from "../../../engine/services/account";
import { answerInvoke } from "../../../engine/twins/invokes";
import { madeResource } from "../../../engine/utilities";
import { notKept } from "../../../engine/utilities/kept-resources";

describe("a provider's function", () => {
  const ask = (name: string, args: Properties = {}, region = "eu-central-1"): Properties =>
    answerInvoke(name, args, accountOf({ "aws:region": region }));

  it("about the account is answered for the stack's region and its partition", () => {
    expect(ask("aws:index/getRegion:getRegion")).to.include({
      region: "eu-central-1",
      endpoint: "ec2.eu-central-1.amazonaws.com",
      description: "Europe (Frankfurt)",
    });
    expect(ask("aws:index/getPartition:getPartition", {}, "cn-north-1")).to.include({
      partition: "aws-cn",
      dnsSuffix: "amazonaws.com.cn",
      reverseDnsPrefix: "cn.com.amazonaws",
    });
    expect(ask("aws:index/getRegions:getRegions")["names"]).to.include("eu-west-1").and.not.include("af-south-1");
    expect(ask("aws:index/getAvailabilityZone:getAvailabilityZone", { name: "eu-central-1b" })).to.include({
      nameSuffix: "b",
      zoneId: "euc1-az2",
    });
    expect(ask("aws:index/getServicePrincipal:getServicePrincipal", { serviceName: "logs" }, "cn-north-1")).to.include({
      name: "logs.amazonaws.com.cn",
      id: "logs.cn-north-1.amazonaws.com.cn",
    });
    expect(ask("aws:index/getService:getService", { dnsName: "sqs.us-east-1.amazonaws.com" })).to.include({
      serviceId: "sqs",
      region: "us-east-1",
      reverseDnsName: "com.amazonaws.us-east-1.sqs",
    });
  });

  it("takes ARNs apart, and refuses what is none", () => {
    expect(ask("aws:index/getArn:getArn", { arn: "arn:aws:logs:us-east-1:1:log-group:a:*" })).to.include({
      service: "logs",
      account: "1",
      resource: "log-group:a:*",
    });
    expect(() => ask("aws:index/getArn:getArn", { arn: "b" })).to.throw('"b" is not a valid ARN');
  });

  it("makes a zip, and the same one again", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-answers-"));
    try {
      fs.mkdirSync(path.join(folder, "src", "deep"), { recursive: true });
      for (const name of ["a.js", "b.map", "deep/c.js"]) fs.writeFileSync(path.join(folder, "src", name), name);
      const args = { type: "zip", sourceDir: "src", excludes: ["*.map"], outputPath: "out/code.zip" };
      const asking = { folder, resources: new Map() };
      const first = answerInvoke("archive:index/getFile:getFile", args, localAccount, asking);
      const zip = fs.readFileSync(path.join(folder, "out", "code.zip"));
      expect(Object.keys(unzipSync(zip))).to.deep.equal(["a.js", "deep/c.js"]);
      expect(first).to.include({ outputSize: zip.length, outputPath: "out/code.zip" });
      expect(answerInvoke("archive:index/getFile:getFile", args, localAccount, asking)).to.deep.equal(first);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("is answered by the stack's configuration, or refused with the way to do so", () => {
    const given = { "aws:ec2/getAmi:getAmi": { id: "ami-1" } };
    const asking = { folder: ".", resources: new Map(), given };
    expect(answerInvoke("aws:ec2/getAmi:getAmi", { owners: ["self"] }, localAccount, asking)).to.include({
      id: "ami-1",
    });
    expect(() => ask("aws:ec2/getAmi:getAmi", { owners: ["self"] })).to.throw(
      /^ERR_INVOKE_UNKNOWN: [^]*got: aws:ec2\/getAmi:getAmi \{"owners":\["self"\]\}\n {2}fix: [^]*tandem:answers:/,
    );
  });
});

describe("a resource of a utility provider", () => {
  const make = (type: string, inputs: Properties): Properties =>
    madeResource({ urn: `urn:${type}`, type, name: "it", inputs, parent: undefined }, notKept(), ".")?.outputs ?? {};

  it("is a key pair, in all the forms that its kind has", () => {
    const key = make("tls:index/privateKey:PrivateKey", { algorithm: "ED25519" });
    expect(key["privateKeyPem"]).to.match(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(key["publicKeyOpenssh"]).to.match(/^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5[\w+/=]+\n$/);
    const ecdsa = make("tls:index/privateKey:PrivateKey", { algorithm: "ECDSA", ecdsaCurve: "P256" });
    expect(ecdsa["privateKeyPem"]).to.match(/^-----BEGIN EC PRIVATE KEY-----\n/);
    expect(ecdsa["publicKeyOpenssh"]).to.match(/^ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY/);
    expect(() => make("tls:index/privateKey:PrivateKey", { algorithm: "DSA" })).to.throw("got DSA");
  });

  it("is a time, and one that is moved from it", () => {
    const moved = make("time:index/offset:Offset", { baseRfc3339: "2026-01-31T12:00:00Z", offsetDays: 1 });
    expect(moved).to.include({ rfc3339: "2026-02-01T12:00:00Z", month: 2, day: 1 });
  });

  it("refuses what its provider refuses", () => {
    expect(() => make("random:index/randomPassword:RandomPassword", { length: 2, minLower: 3 })).to.throw("got 2");
    expect(() => make("random:index/randomInteger:RandomInteger", { min: 2, max: 1 })).to.throw("got 2 and 1");
  });
});

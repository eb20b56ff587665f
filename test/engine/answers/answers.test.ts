import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { unzipSync } from "fflate";
import { stub, useFakeTimers } from "sinon";
import { compareGraphs } from "../../../engine/graph/comparison";
import type { Properties, RecordedResource } from "../../../engine/graph/resource";
import { accountOf, localAccount } from "../../../engine/services/account";
import { callerIdentity } from "../../../engine/services/identity/caller-identity";
import type { ObjectStore } from "../../../engine/services/objects/object-store";
import { owner } from "../../../engine/services/objects/s3/xml-answers";
import { iamRole } from "../../../engine/twins/iam";
import { answerInvoke } from "../../../engine/twins/invokes";
import { madeResource } from "../../../engine/utilities";
import { notKept } from "../../../engine/utilities/kept-resources";
import { graphOf, resource } from "../graph/resources";

describe("a provider's function", () => {
  const ask = (name: string, args: Properties = {}, region = "eu-central-1"): Properties =>
    answerInvoke(name, args, accountOf({ "aws:region": region }));

  it("about who asks is answered as STS, S3 and the role itself answer it", () => {
    const { arn, userId } = ask("aws:index/getCallerIdentity:getCallerIdentity");
    expect({ arn, userId }).to.deep.equal(callerIdentity({ arn: "arn:aws:iam::000000000000:user/developer" }));
    const assumed = callerIdentity({ arn: "arn:aws:iam::000000000000:role/onPut-1" });
    const session = ask("aws:iam/getSessionContext:getSessionContext", { arn: assumed.arn });
    expect(session).to.include({ issuerName: "onPut-1", sessionName: "onPut-1" });
    expect(assumed.userId).to.equal(`${String(session["issuerId"])}:onPut-1`);
    const role = iamRole.identify(resource("aws:iam/role:Role", "onPut", { name: "onPut-1" }), localAccount);
    expect(role.outputs).to.include({ uniqueId: session["issuerId"], arn: session["issuerArn"] });
    const { id } = ask("aws:s3/getCanonicalUserId:getCanonicalUserId");
    expect(owner({ account: localAccount } as ObjectStore)).to.deep.equal({ ID: id });
    expect(id).to.match(/^[0-9a-f]{64}$/);
  });

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

  it("leaves files out of a zip by patterns, and prints no warning of Node.js", () => {
    const [folder, out] = ["in", "out"].map((end) => fs.mkdtempSync(path.join(os.tmpdir(), `tandem-${end}-`))) as [
      string,
      string,
    ];
    const warnings = stub(process, "emitWarning");
    try {
      for (const file of [
        "a.js",
        "a.js.map",
        ".hidden.map",
        "test/a.js",
        "lib/test/b.js",
        "lib/c.js",
        "!d.js",
        "#e.js",
      ]) {
        fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
        fs.writeFileSync(path.join(folder, file), file);
      }
      const left = (...excludes: string[]): string[] => {
        const args = { type: "zip", sourceDir: folder, excludes, outputPath: path.join(out, "left.zip") };
        answerInvoke("archive:index/getFile:getFile", args, localAccount, { folder, resources: new Map() });
        return Object.keys(unzipSync(fs.readFileSync(args.outputPath))).sort();
      };
      expect(left("*.map", "test/", "#e.js", "!d.js")).to.deep.equal(["a.js", "lib/c.js", "lib/test/b.js"]);
      expect(left("**/test", "**/*.{map,txt}", "./lib/?.js")).to.deep.equal(["!d.js", "#e.js", "a.js"]);
      expect(warnings.args).to.deep.equal([]);
    } finally {
      warnings.restore();
      for (const each of [folder, out]) fs.rmSync(each, { recursive: true });
    }
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
  const register = (type: string, inputs: Properties) => ({
    urn: `urn:${type}`,
    type,
    name: "it",
    inputs,
    parent: undefined,
  });
  const make = (type: string, inputs: Properties): Properties =>
    madeResource(register(type, inputs), notKept(), ".")?.outputs ?? {};

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
    const integer = "random:index/randomInteger:RandomInteger";
    expect(() => make(integer, { min: 2, max: 1 })).to.throw("got 2 and 1");
    expect(() => make(integer, { min: 0, max: 1.5 })).to.throw("whole numbers: got 0 and 1.5");
  });

  it("has as many characters of a kind as it must, also of one that is switched off", () => {
    const inputs = { length: 8, special: false, minSpecial: 2, overrideSpecial: "_" };
    const { result } = make("random:index/randomPassword:RandomPassword", inputs);
    expect(result).to.match(/^[A-Za-z0-9_]{8}$/);
    expect(String(result).replace(/[^_]/g, "")).to.equal("__");
  });

  it("is drawn from the whole of a range, however large", () => {
    const draw = (min: number, max: number, seed: string): number =>
      Number(make("random:index/randomInteger:RandomInteger", { min, max, seed })["result"]);
    const largest = Number.MAX_SAFE_INTEGER;
    const drawn = Array.from({ length: 50 }, (_, index) => draw(-largest, largest, String(index)));
    expect(drawn.every((value) => Number.isSafeInteger(value))).to.equal(true);
    expect([Math.min(...drawn) < -(2 ** 51), Math.max(...drawn) > 2 ** 51]).to.deep.equal([true, true]);
    expect([...new Set(Array.from({ length: 50 }, (_, index) => draw(3, 5, String(index))))].sort()).to.deep.equal([
      3, 4, 5,
    ]);
  });

  it("is the same in every recording, whatever the time", () => {
    const types = ["random:index/randomUuid7:RandomUuid7", "time:index/static:Static", "time:index/sleep:Sleep"];
    const record = () => types.map((type) => madeResource(register(type, {}), notKept(), "."));
    const clock = useFakeTimers({ now: 1, toFake: ["Date"] });
    try {
      const first = record();
      clock.setSystemTime(Date.UTC(2026, 10, 30));
      expect(record()).to.deep.equal(first);
    } finally {
      clock.restore();
    }
  });

  it("is a key pair that is another one in every recording, and is compared by its name", () => {
    const type = "tls:index/privateKey:PrivateKey";
    const record = (): ReadonlyMap<string, RecordedResource> => {
      const made = madeResource(register(type, { algorithm: "RSA" }), notKept(), ".");
      const key = { ...resource(type, "key", { algorithm: "RSA" }), ...made };
      const { publicKeyOpenssh, privateKeyPem } = key.outputs;
      const inputs = { publicKey: String(publicKeyOpenssh).trim(), tags: { private: privateKeyPem ?? "" } };
      return graphOf(key, resource("aws:ec2/keyPair:KeyPair", "access", inputs));
    };
    expect(compareGraphs(record(), record()).changed).to.deep.equal([]);
  });
});

import { expect } from "chai";
import { createCipheriv, pbkdf2Sync, randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { EngineError } from "../../../engine/errors";
import { readProject } from "../../../engine/monitor/project";

describe("a project", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-project-"));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
    delete process.env.PULUMI_CONFIG_PASSPHRASE;
  });

  const write = (name: string, content: string): void => fs.writeFileSync(path.join(folder, name), content);
  const refusal = (overrides: string[] = [], stack = "dev"): EngineError => {
    try {
      readProject(folder, stack, overrides);
    } catch (error) {
      if (error instanceof EngineError) return error;
    }
    throw new Error("it was not refused");
  };

  it("is read with its stack's configuration, over which --config goes", () => {
    write("Pulumi.yaml", "name: app\nruntime: nodejs\nconfig:\n  size:\n    default: 1\n  app:colour: red\n");
    write("Pulumi.dev.yaml", 'config:\n  app:size: "2"\n  aws:region: eu-west-1\n  app:list: [1, 2]\n');
    const project = readProject(folder, "dev", ["size=3", "tandem:logRetention=30"]);
    expect(project.config).to.deep.equal({
      "app:size": "3",
      "app:colour": "red",
      "aws:region": "eu-west-1",
      "app:list": "[1,2]",
      "tandem:logRetention": "30",
    });
  });

  it("takes main as a folder or a file", () => {
    fs.mkdirSync(path.join(folder, "infra"));
    write("Pulumi.yaml", "name: app\nruntime:\n  name: nodejs\nmain: infra\n");
    expect(readProject(folder, "dev")).to.include({ folder: path.join(folder, "infra"), main: "." });
    write("infra/main.ts", "");
    write("Pulumi.yaml", "name: app\nruntime: nodejs\nmain: infra/main.ts\n");
    expect(readProject(folder, "dev")).to.include({ folder: path.join(folder, "infra"), main: "main.ts" });
  });

  it("has its passphrase secrets decrypted, and those that cannot be are asked for by name", () => {
    const salt = randomBytes(8);
    const key = pbkdf2Sync("correct horse", salt, 1_000_000, 32, "sha256");
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", key, nonce);
    const text = Buffer.concat([cipher.update("hush"), cipher.final(), cipher.getAuthTag()]);
    const secure = `v1:${nonce.toString("base64")}:${text.toString("base64")}`;
    write("Pulumi.yaml", "name: app\nruntime: nodejs\n");
    write(
      "Pulumi.dev.yaml",
      `encryptionsalt: v1:${salt.toString("base64")}:v1:x:y\nconfig:\n  app:token:\n    secure: ${secure}\n`,
    );
    expect(refusal()).to.include({ code: "ERR_CONFIG_SECRET" });
    expect(refusal().message).to.include("--config app:token=");
    process.env.PULUMI_CONFIG_PASSPHRASE = "wrong";
    expect(refusal().code).to.equal("ERR_CONFIG_SECRET");
    process.env.PULUMI_CONFIG_PASSPHRASE = "correct horse";
    expect(readProject(folder, "dev")).to.deep.include({ config: { "app:token": "hush" }, secretKeys: ["app:token"] });
    delete process.env.PULUMI_CONFIG_PASSPHRASE;
    expect(readProject(folder, "dev", ["token=mine"]).config).to.deep.equal({ "app:token": "mine" });
  });

  it("is refused where there is none, where it is another language's, and where a file cannot be read", () => {
    expect(refusal().message).to.match(/ERR_PROJECT_MISSING: .*no Pulumi\.yaml/);
    write("Pulumi.yaml", "name: app\nruntime: python\n");
    expect(refusal().code).to.equal("ERR_PROJECT_RUNTIME");
    write("Pulumi.yaml", "name: [app\n");
    expect(refusal().code).to.equal("ERR_PROJECT_FILE");
    write("Pulumi.yaml", "runtime: nodejs\n");
    expect(refusal().code).to.equal("ERR_PROJECT_FILE");
  });

  it("refuses a stack name that leaves the data folder, and a --config that is none", () => {
    write("Pulumi.yaml", "name: app\nruntime: nodejs\n");
    expect(refusal([], "../other").code).to.equal("ERR_STACK_NAME");
    expect(refusal(["size"]).code).to.equal("ERR_CONFIG_VALUE");
  });
});

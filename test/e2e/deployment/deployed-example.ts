import { DeleteObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { copyOfExample, repository } from "../command";
import type { Cloud } from "../provider/cloud";
import { Pulumi, type Outcome } from "../provider/pulumi";

/** A change of a project's file. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** An example in a folder of its own, that is deployed and changed. */
export class DeployedExample {
  private constructor(
    public readonly folder: string,
    public readonly pulumi: Pulumi,
  ) {}

  /** @param name the example's folder */
  public static async start(name: string): Promise<DeployedExample> {
    const folder = copyOfExample(path.join(repository, "examples", name));
    const pulumi = await Pulumi.start({ project: folder });
    await pulumi.init("dev");
    return new DeployedExample(folder, pulumi);
  }

  /** Lets the program load without ts-node: where many deployments follow each other. */
  public loadFast(): void {
    const file = path.join(this.folder, "Pulumi.yaml");
    const options = "  options:\n    typescript: false\n    nodeargs: --require tandem/register\n";
    const project = fs.readFileSync(file, "utf8").replace("runtime: nodejs\n", `runtime:\n  name: nodejs\n${options}`);
    fs.writeFileSync(file, project);
  }

  public edit(...edits: readonly Edit[]): void {
    for (const { file, from, to } of edits) {
      const text = fs.readFileSync(path.join(this.folder, file), "utf8");
      if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
      fs.writeFileSync(path.join(this.folder, file), text.replace(from, to));
    }
  }

  public cloud(): Promise<Cloud> {
    return this.pulumi.cloud();
  }

  /** Deploys, and gives what was done to which resource: `update onNewThumbnail`; nothing for what stays the same. */
  public async up(): Promise<string[]> {
    return changesOf(await this.pulumi.up());
  }

  /** What is there in the cloud, by type and name: to be compared with what Pulumi knows of. */
  public async inCloud(): Promise<string[]> {
    return (await this.cloud())
      .all()
      .map(({ type, name }) => `${type} ${name}`)
      .sort();
  }

  /** What Pulumi's state has. */
  public async inState(stack = "dev"): Promise<string[]> {
    const exported = JSON.parse(await this.pulumi.done(["stack", "export", "--stack", stack])) as {
      deployment: { resources?: { urn: string; type: string; custom: boolean }[] };
    };
    return (exported.deployment.resources ?? [])
      .filter(({ type, custom }) => custom && !type.startsWith("pulumi:"))
      .map(({ urn, type }) => `${type} ${urn.split("::").slice(3).join("::")}`)
      .sort();
  }

  public async close(): Promise<void> {
    await this.pulumi.close();
    fs.rmSync(this.pulumi.home, { recursive: true, force: true });
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Deletes all objects: AWS deletes no bucket that has some. */
export async function emptyBuckets(cloud: Cloud): Promise<void> {
  const s3 = cloud.s3();
  for (const { id } of cloud.all("aws:s3/bucket:Bucket")) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: id }));
    for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket: id, Key }));
  }
}

/** What an operation did, sorted. @throws where it failed */
export function changesOf({ code, output, steps }: Outcome): string[] {
  expect(code, output).to.equal(0);
  return steps
    .filter(({ op }) => op !== "same" && op !== "refresh" && op !== "read")
    .map(({ op, name }) => `${op} ${name}`)
    .sort();
}

import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { repository } from "../command";
import { Pulumi } from "../provider/pulumi";
import { projectFiles } from "./existing-programs";

/** A resource as Pulumi's state has it. */
export interface StateResource {
  readonly urn: string;
  readonly id?: string;
  readonly type: string;
  readonly custom: boolean;
  readonly provider?: string;
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  readonly ignoreChanges?: readonly string[];
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly dependencies?: readonly string[];
}

/** A project in a folder of its own, with a program that changes, before an account of its own. */
export class ExistingProject {
  private constructor(
    public readonly folder: string,
    public readonly pulumi: Pulumi,
  ) {}

  public static async start(program: string): Promise<ExistingProject> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-existing-"));
    fs.symlinkSync(path.join(repository, "node_modules"), path.join(folder, "node_modules"), "dir");
    const project = new ExistingProject(folder, await Pulumi.start({ project: folder }));
    for (const [name, text] of Object.entries(projectFiles)) project.write(name, text);
    project.become(program);
    return project;
  }

  public become(program: string): void {
    this.write("index.ts", program);
  }

  /** The resources of a stack that are somewhere, which components are not. */
  public async resources(stack = "dev"): Promise<StateResource[]> {
    const exported = JSON.parse(await this.pulumi.done(["stack", "export", "--stack", stack])) as {
      deployment: { resources?: StateResource[] };
    };
    return (exported.deployment.resources ?? []).filter(({ custom, type }) => custom && !type.startsWith("pulumi:"));
  }

  /** What is there in a region, by type and name. */
  public async inCloud(region?: string): Promise<string[]> {
    const cloud = await this.pulumi.cloud(region);
    return cloud
      .all()
      .map(({ type, name }) => `${type} ${name}`)
      .sort();
  }

  /** That Pulumi knows exactly what is there. What has been renamed with an alias alone, the account knows by its former name. */
  public async expectKnown(stack = "dev"): Promise<void> {
    const known = (await this.resources(stack)).map(({ type, id }) => `${type} ${id}`);
    const there = (await this.pulumi.cloud()).all().map(({ type, id }) => `${type} ${id}`);
    expect(known.sort()).to.deep.equal(there.sort());
  }

  public async close(): Promise<void> {
    await this.pulumi.close();
    fs.rmSync(this.pulumi.home, { recursive: true, force: true });
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private write(name: string, text: string): void {
    const file = path.join(this.folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
}

/** The name that the program gave a resource. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** The type and name of each, sorted: to be compared with what is in the cloud. */
export function namesOf(resources: readonly StateResource[]): string[] {
  return resources.map(({ type, urn }) => `${type} ${nameOf(urn)}`).sort();
}

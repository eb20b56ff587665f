import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Engine, type EngineOptions } from "../../../engine/engine";
import type { RecordedResource } from "../../../engine/graph/resource";
import type { TimedEngineEvent } from "../../../engine/services/engine-events";

const modules = path.resolve(__dirname, "..", "..", "..", "node_modules");

/** Files of a project, by their paths. */
export type ProjectFiles = Readonly<Record<string, string>>;

/** A Pulumi project in a folder of its own, as somebody would have it, and what `tandem up` makes of it. */
export class LocalProgram {
  public readonly folder: string;
  public readonly events: TimedEngineEvent[] = [];
  private running: Engine | undefined;

  /**
   * @param files those beside Pulumi.yaml and package.json, which are made where they are not given
   * @param parent the folder that it is made in
   */
  public constructor(files: ProjectFiles, parent = os.tmpdir()) {
    this.folder = fs.mkdtempSync(path.join(parent, "tandem-program-"));
    fs.symlinkSync(modules, path.join(this.folder, "node_modules"), "dir");
    const given = { "Pulumi.yaml": "name: app\nruntime: nodejs\n", "package.json": '{"name":"app","main":"index.ts"}' };
    for (const [name, content] of Object.entries({ ...given, ...files })) this.write(name, content);
  }

  /** Brings a program up, and gives it with its outputs. */
  public static async up(files: ProjectFiles, options: Partial<EngineOptions> = {}): Promise<LocalProgram> {
    const program = new LocalProgram(files);
    try {
      await program.up(options);
      return program;
    } catch (error) {
      await program.close();
      throw error;
    }
  }

  public async up(options: Partial<EngineOptions> = {}): Promise<void> {
    this.running = Engine.open({ projectFolder: this.folder, ...options });
    this.running.engineEvents.listen((event) => this.events.push(event));
    await this.running.up();
  }

  public get engine(): Engine {
    if (this.running === undefined) throw new Error("the program is not up");
    return this.running;
  }

  public get outputs(): Readonly<Record<string, unknown>> {
    return this.engine.stackOutputs;
  }

  /** A resource by its name in the program, and the end of its type. */
  public resource(name: string, type: string): RecordedResource {
    const found = [...this.engine.graph.values()].find((each) => each.name === name && each.type.endsWith(`:${type}`));
    if (found === undefined) throw new Error(`there is no ${type} ${name}`);
    return found;
  }

  /** What a function answers, by its name, ARN or alias. */
  public async invoke(name: string, event: unknown = {}): Promise<unknown> {
    const { payload } = await this.engine.services.functions.invoke(name, Buffer.from(JSON.stringify(event)));
    return JSON.parse(payload.toString() || "null");
  }

  public async put(bucket: string, key: string, content: string): Promise<void> {
    await this.engine.services.objects.put(bucket, key, Buffer.from(content));
    await this.engine.idle();
  }

  public async read(bucket: string, key: string): Promise<Buffer> {
    const { objects } = this.engine.services;
    return Buffer.concat(await objects.read(await objects.head(bucket, key)).toArray());
  }

  /** The lines that functions have printed. */
  public get lines(): string[] {
    return this.events.flatMap((event) => (event.type === "log" ? [event.line] : []));
  }

  public write(name: string, content: string): void {
    const file = path.join(this.folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  }

  /** Ends it, and keeps its folder. */
  public async down(): Promise<void> {
    await this.running?.close();
    this.running = undefined;
  }

  public async close(): Promise<void> {
    await this.down();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Lines that most programs of AWS begin with. */
export const imports = `import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
`;

/** A role that Lambda may assume. */
export const role = `const role = new aws.iam.Role("role", {
  assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" }),
});
`;

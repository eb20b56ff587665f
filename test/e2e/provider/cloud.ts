import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { Archive, type Properties, type RecordedResource } from "../../../engine/graph/resource";
import { localAccount } from "../../../engine/services/account";
import { systemClock } from "../../../engine/services/clock";
import { openDatabase } from "../../../engine/services/database";
import { EngineEvents } from "../../../engine/services/engine-events";
import { closeServices, startServices } from "../../../engine/services/lifecycle";
import { createServices, type Services } from "../../../engine/services/services";
import { identify, twinOf } from "../../../engine/twins";
import { checkCreation, checkDeletion } from "./cloud-rules";

/** A resource that is there. `identity` is what its id was made of: another for each that is created. */
export type CloudResource = RecordedResource & { readonly identity: string };

/** What a provider asks for: the resource as the engine of Pulumi knows it. */
export interface Asked {
  readonly type: string;
  readonly urn: string;
  readonly name: string;
  readonly inputs: Properties;
}

/** A change that was asked for, in order. */
export interface Call {
  readonly operation: "create" | "update" | "delete";
  readonly type: string;
  readonly name: string;
}

const noOptions: RecordedResource["options"] = {
  protect: false,
  dependsOn: [],
  aliases: [],
  ignoreChanges: [],
  provider: "",
  secrets: [],
};

/** One region of an account: the engine's twins and services, kept in a folder, with the order that AWS asks for. */
export class Cloud {
  public readonly calls: Call[] = [];
  /** Called before each change; what it throws is what AWS says to it. */
  public beforeCall: (call: Call) => void | Promise<void> = () => undefined;
  private readonly resources = new Map<string, CloudResource>();

  private constructor(
    private readonly folder: string,
    public readonly services: Services,
    private readonly database: DatabaseSync,
  ) {}

  /** Opens what is in the folder, or starts a new one. @param projectFolder where build contexts are */
  public static async open(folder: string, projectFolder: string, region = localAccount.region): Promise<Cloud> {
    fs.mkdirSync(folder, { recursive: true });
    const database = openDatabase(path.join(folder, "services.db"));
    let port = 0;
    const services = createServices({
      folder,
      projectFolder,
      database,
      clock: systemClock,
      engineEvents: new EngineEvents(() => systemClock.now()),
      account: { ...localAccount, region },
      port: () => port,
    });
    port = await services.endpoint.listen();
    const cloud = new Cloud(folder, services, database);
    await cloud.restore();
    await startServices(services);
    return cloud;
  }

  public get account() {
    return this.services.account;
  }

  /** What is there, but for what only stands in a program. */
  public all(type?: string): CloudResource[] {
    return [...this.resources.values()].filter((resource) => type === undefined || resource.type === type);
  }

  /** @param within what else tells it from others: the stage of one API has the id of another's */
  public find(type: string, id: string, within: Properties): CloudResource | undefined {
    return this.resources.get(key(type, id, within));
  }

  public async create(asked: Asked): Promise<CloudResource> {
    await this.called("create", asked);
    const resource = await this.resolve(asked, `${asked.urn}::${randomUUID()}`);
    // A bucket's settings are put, whatever was there.
    const overwrites = resource.inputs["allowOverwrite"] === true || isBucketSetting(resource.type);
    if (!overwrites && this.find(resource.type, resource.id, resource.inputs) !== undefined)
      throw new Error(`${resource.type} ${resource.id} is there already: EntityAlreadyExists`);
    checkCreation(resource, this);
    await twinOf(resource.type)?.create?.(resource, this.services);
    await this.services.httpApis.open();
    this.keep(resource);
    return resource;
  }

  public async update(id: string, asked: Asked): Promise<CloudResource> {
    await this.called("update", asked);
    const old = this.find(asked.type, id, asked.inputs);
    if (old === undefined) throw new Error(`${asked.type} ${id} is not there: NotFound`);
    const resource = { ...(await this.resolve(asked, old.identity)), id };
    checkCreation(resource, this);
    const twin = twinOf(asked.type);
    if (twin?.update !== undefined) await twin.update(resource, old, this.services);
    else {
      await twin?.delete?.(old, this.services);
      await twin?.create?.(resource, this.services);
    }
    this.keep(resource);
    return resource;
  }

  /** Deletes a resource; one that is gone already is no error, as with the provider. */
  public async delete(type: string, id: string, name: string, within: Properties): Promise<void> {
    await this.called("delete", { type, name });
    const resource = this.find(type, id, within);
    if (resource === undefined) return;
    checkDeletion(resource, this);
    await twinOf(type)?.delete?.(resource, this.services);
    this.resources.delete(key(type, id, within));
    if (type === "aws:s3/bucket:Bucket") this.forgetSettings(id);
    this.save();
  }

  /** A bucket's settings go with it. */
  private forgetSettings(bucket: string): void {
    for (const [at, { type, inputs }] of this.resources) {
      if (isBucketSetting(type) && inputs["bucket"] === bucket) this.resources.delete(at);
    }
  }

  /** Changes a resource behind Pulumi's back. */
  public drift(type: string, id: string, inputs: Properties): void {
    const found = this.find(type, id, {});
    if (found === undefined) throw new Error(`${type} ${id} is not there`);
    this.keep({ ...found, inputs: { ...found.inputs, ...inputs }, outputs: { ...found.outputs, ...inputs } });
  }

  /** Settings for any SDK's client. */
  public get clientConfig() {
    const { accessKeyId, secretAccessKey } = this.services.identity.developer();
    const { endpoint = "", region } = this.account;
    return { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  }

  public s3(): S3Client {
    return new S3Client({ ...this.clientConfig, forcePathStyle: true });
  }

  public sqs(): SQSClient {
    return new SQSClient(this.clientConfig);
  }

  public async close(): Promise<void> {
    await closeServices(this.services);
    this.database.close();
  }

  private async called(operation: Call["operation"], { type, name }: Pick<Asked, "type" | "name">): Promise<void> {
    const call = { operation, type, name };
    this.calls.push(call);
    await this.beforeCall(call);
  }

  private async resolve({ type, urn, name, inputs }: Asked, identity: string): Promise<CloudResource> {
    const registration = { type, urn: identity, name, inputs: this.stored(inputs), parent: undefined };
    await twinOf(type)?.reserve?.(registration, this.services);
    const { id, outputs } = identify({ ...registration, custom: true }, this.account);
    // An image's id is its name in the program, which is in other stacks as well.
    const revised = this.revised(type, type === "docker-build:index:Image" ? `${id}-${randomUUID()}` : id, outputs);
    return {
      ...registration,
      urn,
      identity,
      custom: true,
      remote: false,
      id: revised.id,
      outputs: { ...registration.inputs, ...revised.outputs },
      options: noOptions,
    };
  }

  /** Task definitions have revisions: each that is registered is the next of its family. */
  private revised(type: string, id: string, outputs: Properties): { id: string; outputs: Properties } {
    if (type !== "aws:ecs/taskDefinition:TaskDefinition") return { id, outputs };
    const file = path.join(this.folder, "revisions.json");
    const known = (fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : {}) as Record<string, number>;
    const revision = (known[id] ?? 0) + 1;
    fs.writeFileSync(file, JSON.stringify({ ...known, [id]: revision }));
    const arn = String(outputs["arn"]).replace(/:1$/, `:${revision}`);
    return { id: arn, outputs: { ...outputs, arn, revision } };
  }

  /** What was uploaded is AWS's from now on, wherever the program's own files go. */
  private stored(inputs: Properties): Properties {
    return Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => {
        if (!(value instanceof Archive) || value.path === undefined || !fs.statSync(value.path).isFile())
          return [name, value];
        const copy = path.join(this.folder, "uploads", `${value.hash}${path.extname(value.path)}`);
        fs.mkdirSync(path.dirname(copy), { recursive: true });
        fs.copyFileSync(value.path, copy);
        return [name, new Archive(copy, value.hash)];
      }),
    );
  }

  private keep(resource: CloudResource): void {
    this.resources.set(key(resource.type, resource.id, resource.inputs), resource);
    this.save();
  }

  private get file(): string {
    return path.join(this.folder, "resources.json");
  }

  private save(): void {
    const content = JSON.stringify([...this.resources.values()], (_name, value: unknown) =>
      value instanceof Archive ? { $archive: { ...value } } : value,
    );
    fs.writeFileSync(`${this.file}.new`, content);
    fs.renameSync(`${this.file}.new`, this.file);
  }

  private async restore(): Promise<void> {
    if (!fs.existsSync(this.file)) return;
    const kept = JSON.parse(fs.readFileSync(this.file, "utf8"), (_name, value: unknown) => {
      const archive = (value as { $archive?: Archive } | null)?.$archive;
      return archive === undefined ? value : new Archive(archive.path, archive.hash, archive.entries, archive.text);
    }) as CloudResource[];
    for (const resource of kept) {
      const twin = twinOf(resource.type);
      await twin?.reserve?.({ ...resource, urn: resource.identity }, this.services);
      await twin?.create?.(resource, this.services);
      this.resources.set(key(resource.type, resource.id, resource.inputs), resource);
    }
    await this.services.httpApis.open();
  }
}

function isBucketSetting(type: string): boolean {
  return /^aws:s3\/bucket(?!Object)[A-Z]/.test(type);
}

function key(type: string, id: string, { apiId = "", bucket = "" }: Properties): string {
  // What is known by its id within another only.
  const within = type === "aws:s3/bucketObject:BucketObject" ? bucket : apiId;
  return `${type} ${String(within)} ${id}`;
}

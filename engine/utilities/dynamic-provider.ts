import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import * as path from "node:path";
import * as grpc from "@grpc/grpc-js";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import type { Properties } from "../graph/resource";
import { struct } from "../monitor/grpc";
import type { Project } from "../monitor/project";
import { receive } from "../monitor/wire";
import type { KeptResources } from "./kept-resources";

type Reply<Response> = (error: grpc.ServiceError | null, response: Response) => void;

/** The methods of Pulumi's provider protocol that a dynamic provider has. */
type ProviderClient = grpc.Client & {
  configure(request: pb.ConfigureRequest, reply: Reply<pb.ConfigureResponse>): void;
  check(request: pb.CheckRequest, reply: Reply<pb.CheckResponse>): void;
  diff(request: pb.DiffRequest, reply: Reply<pb.DiffResponse>): void;
  create(request: pb.CreateRequest, reply: Reply<pb.CreateResponse>): void;
  update(request: pb.UpdateRequest, reply: Reply<pb.UpdateResponse>): void;
  delete(request: pb.DeleteRequest, reply: Reply<unknown>): void;
};

/** Whether a resource's provider is part of the program (`pulumi.dynamic.Resource`). */
export function isDynamic(type: string): boolean {
  return /^pulumi-nodejs:dynamic[/:]/.test(type);
}

interface Made {
  readonly id: string;
  readonly outputs: Properties;
}

/**
 * Runs the providers that programs define themselves (`pulumi.dynamic.Resource`), in the process that the SDK has for them,
 * and keeps what they have made from run to run
 * (https://www.pulumi.com/docs/iac/concepts/resources/dynamic-providers/).
 */
export class DynamicProviders {
  private running: { readonly child: ChildProcess; readonly client: Promise<ProviderClient> } | undefined;

  public constructor(
    private readonly project: () => Project,
    private readonly kept: KeptResources,
  ) {}

  /** Creates a resource, or updates or replaces the one of an earlier run, as its provider says. */
  public async make(urn: string, inputs: Properties): Promise<Made> {
    const old = this.kept.get(urn);
    const client = await this.client();
    const checked = await this.check(client, urn, old?.outputs ?? {}, inputs);
    const made =
      old === undefined ? await this.create(client, urn, checked) : await this.change(client, urn, old, checked);
    this.kept.set(urn, { key: dynamicKey, ...made });
    return made;
  }

  /** Deletes those that the program does not have any more. */
  public async deleteAllBut(urns: { has(urn: string): boolean }): Promise<void> {
    for (const [urn, kept] of this.kept.all()) {
      if (urns.has(urn)) continue;
      if (kept.key === dynamicKey) await this.delete(await this.client(), urn, kept);
      this.kept.delete(urn);
    }
  }

  /** Ends the process. */
  public close(): void {
    this.running?.child.kill("SIGKILL");
    void this.running?.client.then(
      (client) => client.close(),
      () => undefined,
    );
    this.running = undefined;
  }

  private async check(client: ProviderClient, urn: string, olds: Properties, inputs: Properties): Promise<Properties> {
    const request = new pb.CheckRequest();
    request.setUrn(urn);
    request.setOlds(struct(olds));
    request.setNews(struct(inputs));
    const response = await call<pb.CheckResponse>((reply) => client.check(request, reply));
    const failures = response.getFailuresList().map((each) => `${each.getProperty()}: ${each.getReason()}`);
    if (failures.length > 0) throw new Error(failures.join("; "));
    return this.plain(response.getInputs()) ?? inputs;
  }

  private async create(client: ProviderClient, urn: string, inputs: Properties): Promise<Made> {
    const request = new pb.CreateRequest();
    request.setUrn(urn);
    request.setProperties(struct(inputs));
    const response = await call<pb.CreateResponse>((reply) => client.create(request, reply));
    return { id: response.getId(), outputs: this.plain(response.getProperties()) ?? {} };
  }

  private async change(client: ProviderClient, urn: string, old: Made, inputs: Properties): Promise<Made> {
    const request = new pb.DiffRequest();
    request.setUrn(urn);
    request.setId(old.id);
    request.setOlds(struct(old.outputs));
    request.setNews(struct(inputs));
    const diff = await call<pb.DiffResponse>((reply) => client.diff(request, reply));
    const { DIFF_NONE, DIFF_UNKNOWN } = pb.DiffResponse.DiffChanges;
    if (diff.getReplacesList().length > 0) {
      if (diff.getDeletebeforereplace()) await this.delete(client, urn, old);
      const made = await this.create(client, urn, inputs);
      if (!diff.getDeletebeforereplace()) await this.delete(client, urn, old);
      return made;
    }
    const isKnownSame = diff.getChanges() === DIFF_NONE;
    if (isKnownSame || (diff.getChanges() === DIFF_UNKNOWN && includes(old.outputs, inputs))) return old;
    const update = new pb.UpdateRequest();
    update.setUrn(urn);
    update.setId(old.id);
    update.setOlds(struct(old.outputs));
    update.setNews(struct(inputs));
    const response = await call<pb.UpdateResponse>((reply) => client.update(update, reply));
    return { id: old.id, outputs: this.plain(response.getProperties()) ?? inputs };
  }

  private async delete(client: ProviderClient, urn: string, { id, outputs }: Made): Promise<void> {
    const request = new pb.DeleteRequest();
    request.setUrn(urn);
    request.setId(id);
    request.setProperties(struct(outputs));
    await call((reply) => client.delete(request, reply));
  }

  private plain(properties: { toJavaScript(): object } | undefined): Properties | undefined {
    const wire = properties?.toJavaScript() as { [key: string]: unknown } | undefined;
    return wire && receive(wire, this.project().folder).properties;
  }

  private client(): Promise<ProviderClient> {
    this.running ??= this.start();
    return this.running.client;
  }

  private start(): { readonly child: ChildProcess; readonly client: Promise<ProviderClient> } {
    const { folder, config } = this.project();
    const { resolve } = createRequire(path.join(folder, "package.json"));
    // It takes the engine's address, and makes nothing of it.
    const child = spawn(process.execPath, [resolve("@pulumi/pulumi/cmd/dynamic-provider"), "127.0.0.1:0"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "inherit"],
    });
    child.once("exit", () => {
      if (this.running?.child === child) this.running = undefined;
    });
    return { child, client: connect(child, config) };
  }
}

const dynamicKey = "dynamic";

async function connect(child: ChildProcess, config: Readonly<Record<string, string>>): Promise<ProviderClient> {
  const [port] = await Promise.race([
    once(child.stdout ?? child, "data"),
    once(child, "exit").then(() => Promise.reject(new Error("the process of dynamic providers does not start"))),
  ]);
  const { ResourceProviderClient: Client } = require("@pulumi/pulumi/proto/provider_grpc_pb") as {
    ResourceProviderClient: new (target: string, credentials: grpc.ChannelCredentials) => ProviderClient;
  };
  const client = new Client(`127.0.0.1:${String(port).trim()}`, grpc.credentials.createInsecure());
  const request = new pb.ConfigureRequest();
  request.setArgs(struct(config));
  await call<pb.ConfigureResponse>((reply) => client.configure(request, reply));
  return client;
}

function call<Response>(start: (reply: Reply<Response>) => void): Promise<Response> {
  return new Promise((resolve, reject) =>
    start((error, response) =>
      error === null ? resolve(response) : reject(new Error(error.details || error.message)),
    ),
  );
}

/** Whether old outputs have all inputs as they are now: then nothing has changed. */
function includes(outputs: Properties, inputs: Properties): boolean {
  return Object.entries(inputs).every(([key, value]) => JSON.stringify(outputs[key]) === JSON.stringify(value));
}

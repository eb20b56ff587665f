import type * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import * as pluginPb from "@pulumi/pulumi/proto/plugin_pb";
import { consequenceOf } from "../../../engine/graph/replacement";
import type { Properties } from "../../../engine/graph/resource";
import { addService, answer, struct } from "../../../engine/monitor/grpc";
import { receive } from "../../../engine/monitor/wire";
import { identify, twinOf, unknownInputs } from "../../../engine/twins";
import { answerInvoke } from "../../../engine/twins/invokes";
import type { Cloud, CloudResource } from "./cloud";
import { contextHash, imageChanges, imageType, placesOf } from "./docker-build";
import { keepsGivenName, named } from "./resource-names";
import { keptInputs } from "./optional-inputs";
import { previewed, wireChanges, type Wire, type WireProperties } from "./properties";

export interface ProviderOptions {
  /** The cloud of a region, once it is known. */
  readonly cloud: (region: string | undefined) => Promise<Cloud>;
  /** Where relative paths of the program start. */
  readonly folder: string;
  /** The package whose plugin it is, at the version of its SDK. */
  readonly package: string;
}

/**
 * One instance of a provider, as its plugin would serve it (https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto).
 * Behind it are the engine's twins, and the rules of replacement that `tandem diff` tells of.
 */
export class ResourceProvider {
  private region: string | undefined;
  private defaultTags: Record<string, string> = {};

  public constructor(private readonly options: ProviderOptions) {}

  public addTo(server: grpc.Server): void {
    addService(server, "provider", "ResourceProvider", this.methods());
  }

  private methods(): grpc.UntypedServiceImplementation {
    return {
      getPluginInfo: answer(() => new pluginPb.PluginInfo().setVersion(this.version())),
      checkConfig: answer((request: pb.CheckRequest) => new pb.CheckResponse().setInputs(request.getNews())),
      diffConfig: answer((request: pb.DiffRequest) => this.diffConfig(request)),
      configure: answer((request: pb.ConfigureRequest) => this.configure(request)),
      invoke: answer((request: pb.InvokeRequest) => this.invoke(request)),
      check: answer((request: pb.CheckRequest) => this.check(request)),
      diff: answer((request: pb.DiffRequest) => this.diff(request)),
      create: answer((request: pb.CreateRequest) => this.create(request)),
      read: answer((request: pb.ReadRequest) => this.read(request)),
      update: answer((request: pb.UpdateRequest) => this.update(request)),
      delete: answer((request: pb.DeleteRequest) => this.delete(request)),
      cancel: answer(() => new Empty()),
    };
  }

  private version(): string {
    return (require(`@pulumi/${this.options.package}/package.json`) as { version: string }).version;
  }

  private cloud(): Promise<Cloud> {
    return this.options.cloud(this.region);
  }

  private configure(request: pb.ConfigureRequest): pb.ConfigureResponse {
    const args = plain(request.getArgs());
    if (typeof args["region"] === "string") this.region = args["region"];
    // Nested settings of a provider come as texts of JSON.
    const { defaultTags } = args;
    const tags = (typeof defaultTags === "string" ? JSON.parse(defaultTags) : defaultTags) as
      { tags?: object } | undefined;
    this.defaultTags = { ...(tags?.tags as Record<string, string> | undefined) };
    return new pb.ConfigureResponse().setSupportspreview(true);
  }

  private diffConfig(request: pb.DiffRequest): pb.DiffResponse {
    const changes = wireChanges(plain(request.getOldInputs()), plain(request.getNews()));
    const replaces = changes.filter(({ property }) => property === "region").map(({ path }) => path);
    return new pb.DiffResponse()
      .setReplacesList(replaces)
      .setChanges(changes.length > 0 ? pb.DiffResponse.DiffChanges.DIFF_SOME : pb.DiffResponse.DiffChanges.DIFF_NONE);
  }

  private async invoke(request: pb.InvokeRequest): Promise<pb.InvokeResponse> {
    const { account } = await this.cloud();
    return new pb.InvokeResponse().setReturn(struct(answerInvoke(request.getTok(), plain(request.getArgs()), account)));
  }

  /** Refuses inputs that no twin reads, and names what has no name, as AWS's provider does. */
  private check(request: pb.CheckRequest): pb.CheckResponse {
    const [olds, news] = [plain(request.getOlds()), plain(request.getNews())];
    const { type, name } = parseUrn(request.getUrn());
    const response = new pb.CheckResponse();
    const failures =
      twinOf(type) === undefined
        ? [["", `there is no resource of type ${type}`] as const]
        : unknownInputs({ type, inputs: this.received(news) }).map(
            (input) => [input, `unsupported argument: ${input} of ${type}`] as const,
          );
    response.setFailuresList(
      failures.map(([property, reason]) => new pb.CheckFailure().setProperty(property).setReason(reason)),
    );
    return response.setInputs(struct(named(type, name, olds, news, request.getRandomseed_asU8())));
  }

  private async diff(request: pb.DiffRequest): Promise<pb.DiffResponse> {
    const { type } = parseUrn(request.getUrn());
    const [olds, oldInputs] = [plain(request.getOlds()), plain(request.getOldInputs())];
    const news = withKept(type, olds, plain(request.getNews()));
    const changes =
      type === imageType
        ? imageChanges(olds, oldInputs, news, await contextHash(this.received(news), this.options.folder))
        : wireChanges(withKept(type, olds, oldInputs), news);
    if (twinOf(type)?.inputs["tags"] !== undefined && type.startsWith("aws:"))
      changes.push(...wireChanges({ tagsAll: olds["tagsAll"] ?? {} }, { tagsAll: this.allTags(news) }));
    const replaces = changes.filter(({ path }) => isReplacing(type, path));
    const response = new pb.DiffResponse()
      .setChanges(changes.length > 0 ? pb.DiffResponse.DiffChanges.DIFF_SOME : pb.DiffResponse.DiffChanges.DIFF_NONE)
      .setReplacesList(replaces.map(({ path }) => path))
      .setDiffsList([...new Set(changes.map(({ property }) => property))])
      .setHasdetaileddiff(true)
      // Two of one name cannot be at once. What was named by the provider gets another name.
      .setDeletebeforereplace(replaces.length > 0 && keepsGivenName(type, oldInputs, news));
    const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = pb.PropertyDiff.Kind;
    const kinds = { add: [ADD, ADD_REPLACE], update: [UPDATE, UPDATE_REPLACE], delete: [DELETE, DELETE_REPLACE] };
    for (const change of changes) {
      const kind = kinds[change.kind][replaces.includes(change) ? 1 : 0] ?? UPDATE;
      response.getDetaileddiffMap().set(change.path, new pb.PropertyDiff().setKind(kind).setInputdiff(true));
    }
    return response;
  }

  private async create(request: pb.CreateRequest): Promise<pb.CreateResponse> {
    const asked = { ...parseUrn(request.getUrn()), urn: request.getUrn() };
    const news = plain(request.getProperties());
    if (request.getPreview())
      return new pb.CreateResponse().setProperties(struct(await this.preview(asked.type, asked.urn, news)));
    const resource = await (await this.cloud()).create({ ...asked, inputs: await this.made(asked.type, news) });
    return new pb.CreateResponse().setId(resource.id).setProperties(struct(this.state(resource, news)));
  }

  private async update(request: pb.UpdateRequest): Promise<pb.UpdateResponse> {
    const asked = { ...parseUrn(request.getUrn()), urn: request.getUrn() };
    const olds = plain(request.getOlds());
    const news = withKept(asked.type, olds, plain(request.getNews()));
    if (request.getPreview()) {
      const changed = asked.type === imageType ? await this.preview(asked.type, asked.urn, news) : { ...olds, ...news };
      return new pb.UpdateResponse().setProperties(struct(changed));
    }
    const cloud = await this.cloud();
    const resource = await cloud.update(request.getId(), { ...asked, inputs: await this.made(asked.type, news) });
    return new pb.UpdateResponse().setProperties(struct(this.state(resource, news)));
  }

  private async read(request: pb.ReadRequest): Promise<pb.ReadResponse> {
    const { type } = parseUrn(request.getUrn());
    const found = (await this.cloud()).find(type, request.getId(), this.received(plain(request.getProperties())));
    const response = new pb.ReadResponse();
    if (found === undefined) return response;
    // What was uploaded is not read back; what a person has changed in AWS is.
    const readable = Object.fromEntries(
      Object.entries(found.inputs).filter(([, value]) => type !== imageType && !hasArchive(value)),
    ) as WireProperties;
    const inputs = { ...plain(request.getInputs()), ...readable };
    return response
      .setId(found.id)
      .setInputs(struct(inputs))
      .setProperties(struct(this.state(found, inputs)));
  }

  private async delete(request: pb.DeleteRequest): Promise<Empty> {
    const { type, name } = parseUrn(request.getUrn());
    await (await this.cloud()).delete(type, request.getId(), name, this.received(plain(request.getProperties())));
    return new Empty();
  }

  private received(wire: WireProperties): Properties {
    const { __defaults: _defaults, ...inputs } = wire;
    return receive(inputs, this.options.folder).properties;
  }

  /** The inputs as the twins take them. An image's reference follows from what is in its folder, too. */
  private async made(type: string, wire: WireProperties): Promise<Properties> {
    const inputs = this.received(wire);
    if (type !== imageType) return inputs;
    const { folder } = this.options;
    return { ...inputs, ...placesOf(inputs, folder), contextHash: await contextHash(inputs, folder) };
  }

  private async preview(type: string, urn: string, news: WireProperties): Promise<WireProperties> {
    const { account } = await this.cloud();
    const registration = { type, urn, name: parseUrn(urn).name, parent: undefined, custom: true };
    const { outputs } = identify({ ...registration, inputs: this.received(news) }, account);
    return previewed(news, outputs);
  }

  private state({ inputs: taken, outputs }: CloudResource, news: WireProperties): WireProperties {
    const { __defaults: _defaults, ...inputs } = news;
    // Not the twin's own, which stands for how an image is built.
    const { contextHash } = taken;
    if (contextHash !== undefined) return { ...outputs, ...inputs, contextHash } as WireProperties;
    const computed = Object.entries(outputs).filter(([name, value]) => !(name in inputs) || !hasArchive(value));
    const all = { ...inputs, ...Object.fromEntries(computed) } as WireProperties;
    return "tags" in outputs || Object.keys(this.defaultTags).length > 0
      ? { ...all, tagsAll: this.allTags(news) }
      : all;
  }

  private allTags(inputs: WireProperties): WireProperties {
    return { ...this.defaultTags, ...(inputs["tags"] as WireProperties | undefined) };
  }
}

/** Another revision of a task definition is another resource of AWS; `tandem diff` calls it an update, since nothing is lost. */
function isReplacing(type: string, path: string): boolean {
  if (type === "aws:ecs/taskDefinition:TaskDefinition") return !path.startsWith("tags");
  return consequenceOf(type, [path]) === "replacement";
}

/** The inputs with those that are left out and that the provider keeps as they are. */
function withKept(type: string, olds: WireProperties, inputs: WireProperties): WireProperties {
  const kept = keptInputs(type).filter((input) => inputs[input] === undefined && olds[input] !== undefined);
  return { ...inputs, ...Object.fromEntries(kept.map((input) => [input, olds[input] as Wire])) };
}

function plain(message: Struct | undefined): WireProperties {
  return (message?.toJavaScript() ?? {}) as WireProperties;
}

function parseUrn(urn: string): { type: string; name: string } {
  const [, , types = "", ...name] = urn.split("::");
  return { type: types.split("$").at(-1) ?? "", name: name.join("::") };
}

function hasArchive(value: unknown): boolean {
  return typeof value === "object" && value !== null && value.constructor.name === "Archive";
}

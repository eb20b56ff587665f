import type { Graph } from "../engine/graph/diff";
import type { Properties, ResourceOptions } from "../engine/graph/resource";
import { only, suggestion } from "./lookup";
import type { Registered } from "./monitor-options";
import type { InputsOf, ResourceType } from "./resource-inputs";
import type { RouteEvent, RouteKey } from "./route-call";
import type { Stubs } from "./stubs";

/** A permission, as plain data. */
export interface Permission {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, unknown>>;
}

/** A resource or component that a program registered. */
export class RecordedNode<Type extends string = string> {
  public constructor(
    private readonly all: readonly Registered[],
    private readonly registered: Registered,
  ) {}

  public get type(): string {
    return this.registered.type;
  }

  public get name(): string {
    return this.registered.name;
  }

  /** Its URN, as a deployment gives it: with the types of all above it. */
  public get urn(): string {
    return this.registered.urn;
  }

  /** What it was given: plain, also where it was secret (see `options.secrets`). */
  public get inputs(): InputsOf<Type> {
    return this.registered.inputs as InputsOf<Type>;
  }

  /** For a component, what it passed to `registerOutputs`; for a resource, what the mocks answered. */
  public get outputs(): Readonly<Record<string, unknown>> {
    return this.registered.outputs;
  }

  /** Its resource options, and the parent's URN. */
  public get options(): ResourceOptions & { readonly parent: string | undefined } {
    return { ...this.registered.options, parent: this.registered.parent };
  }

  /** The component that it is part of; undefined for those of the program itself. */
  public get parent(): RecordedNode | undefined {
    const parent = this.all.find(({ urn }) => urn === this.registered.parent);
    return parent === undefined || parent.type === stackType ? undefined : new RecordedNode(this.all, parent);
  }

  /** Its own children. */
  public get children(): RecordedNode[] {
    return this.all.filter(({ parent }) => parent === this.urn).map((child) => new RecordedNode(this.all, child));
  }

  /**
   * The one descendant of a type, and with a name if given.
   * @throws where there is none, or more than one
   */
  public child<Child extends ResourceType | (string & {})>(type: Child, name?: string): RecordedNode<Child> {
    return only(descendants(this), type, name, `component ${this.name}`) as RecordedNode<Child>;
  }
}

const stackType = "pulumi:pulumi:Stack";

/** A program as it was recorded. */
export class RecordedApp {
  public constructor(
    private readonly registered: readonly Registered[],
    /** What the program exports; Outputs as they are. */
    public readonly exports: Readonly<Record<string, unknown>>,
  ) {}

  /** What the program exports, as `pulumi stack output` shows it: plain. */
  public get outputs(): Readonly<Record<string, unknown>> {
    return this.registered.find(({ type }) => type === stackType)?.outputs ?? {};
  }

  /** The same in the form of the engine. */
  public get graph(): Graph {
    return new Map(
      this.registered.map((each) => [
        each.urn,
        { ...each, remote: false, inputs: each.inputs as Properties, outputs: each.outputs as Properties },
      ]),
    );
  }

  /** The graph as text, the same on every machine: what `matchGraph` compares. */
  public get text(): string {
    return (require("./graph-text") as typeof import("./graph-text")).graphText(this.graph);
  }

  /** Everything that was registered, except the stack itself. */
  public get resources(): RecordedNode[] {
    return this.registered
      .filter(({ type }) => type !== stackType)
      .map((resource) => new RecordedNode(this.registered, resource));
  }

  /**
   * A component of this library, or any resource, e.g. `component("Bucket", "media")`.
   * @throws where there is none, or more than one
   */
  public component<Type extends ResourceType | (string & {})>(type: Type, name: string): RecordedNode<Type> {
    return only(this.resources, type, name, "the program") as RecordedNode<Type>;
  }

  /**
   * What a handler, function or task may do: the policies of its own role, sorted.
   * @param name the handler's, function's or task's name in the program
   * @throws where nothing of that name has a role
   */
  public permissions(name: string): Permission[] {
    const policies = this.resources.filter(
      (resource) => resource.type === "aws:iam/rolePolicy:RolePolicy" && resource.name === `${name}-policy`,
    );
    if (policies.length === 0 && !this.resources.some((resource) => resource.name === `${name}-role`)) {
      const roles = this.resources
        .filter(({ name: role }) => role.endsWith("-role"))
        .map(({ type, name: role }) => ({ type, name: role.slice(0, -5) }));
      throw new Error(`nothing named ${name} has a role; ${suggestion(name, roles)}`);
    }
    return policies.flatMap(({ inputs }) => {
      const { Statement } = JSON.parse(String(inputs.policy)) as { Statement: PolicyStatement[] };
      return Statement.map(({ Action, Resource, Condition }) => ({
        actions: Action,
        resources: Resource,
        ...(Condition === undefined ? {} : { conditions: Condition }),
      }));
    });
  }

  /**
   * Runs a handler in this process, from the package that would be deployed. What it captures of components is replaced
   * by stubs; a call without one fails, and none reaches a network.
   *
   * @example
   * ```ts
   * await app.invoke("onNewVideo", { key: "a.mp4" }, { "ffmpeg.run": sinon.stub().resolves({ id: "1" }) });
   * ```
   * @param handler the handler's or function's name, or a route: `GET /users/{id}`. An authorizer's is that of its Api and
   * its own: `web-keys`
   * @param event what the handler gets. What it leaves out of an object's, message's or exit's event is filled in. For a
   * route, a `Request`, or `{ method, path, query, headers, body, user }`; for an authorizer too, which sees no body
   * @param stubs by component and method, e.g. `"media.put"`
   * @returns what the handler returns; for a route, the `Response` that its caller gets; for an authorizer, whether the
   * caller may go on, or who it is
   * @throws what the handler throws; where there is no such handler, or a stub is for what the program does not have
   */
  public async invoke<Result = unknown, Name extends string = string>(
    handler: Name extends RouteKey ? never : Name,
    event?: unknown,
    stubs?: Stubs,
  ): Promise<Result>;
  public async invoke(route: RouteKey, event?: RouteEvent, stubs?: Stubs): Promise<Response>;
  public async invoke(handler: string, event?: unknown, stubs: Stubs = {}): Promise<unknown> {
    const { invokeHandler } = require("./invoke") as typeof import("./invoke");
    return invokeHandler(this, handler, event, stubs);
  }
}

interface PolicyStatement {
  readonly Action: string[];
  readonly Resource: string[];
  readonly Condition?: Record<string, unknown>;
}

function descendants(node: RecordedNode): RecordedNode[] {
  return node.children.flatMap((child) => [child, ...descendants(child)]);
}

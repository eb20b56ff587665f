import type { ResourceOptions } from "../engine/graph/resource";
import type { Registered } from "./monitor-options";

/** A permission, as plain data. */
export interface Permission {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, unknown>>;
}

/** A resource or component that a program registered. */
export class RecordedNode {
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

  public get urn(): string {
    return this.registered.urn;
  }

  /** What it was given: plain, also where it was secret (see `options.secrets`). */
  public get inputs(): Readonly<Record<string, unknown>> {
    return this.registered.inputs;
  }

  /** For a component, what it passed to `registerOutputs`. */
  public get outputs(): Readonly<Record<string, unknown>> {
    return this.registered.outputs;
  }

  /** Its resource options, and the parent's URN. */
  public get options(): ResourceOptions & { readonly parent: string | undefined } {
    return { ...this.registered.options, parent: this.registered.parent };
  }

  /** Its own children. */
  public get children(): RecordedNode[] {
    return this.all.filter(({ parent }) => parent === this.urn).map((child) => new RecordedNode(this.all, child));
  }

  /**
   * The one descendant of a type, and with a name if given.
   * @throws where there is none, or more than one
   */
  public child(type: string, name?: string): RecordedNode {
    const below = descendants(this);
    return only(below, type, name, `component ${this.name}`);
  }
}

/** A program as it was recorded. */
export class RecordedApp {
  public constructor(
    private readonly registered: readonly Registered[],
    /** What the program exports; Outputs as they are. */
    public readonly exports: Readonly<Record<string, unknown>>,
  ) {}

  /** Everything that was registered, except the stack itself. */
  public get resources(): RecordedNode[] {
    return this.registered
      .filter(({ type }) => type !== "pulumi:pulumi:Stack")
      .map((resource) => new RecordedNode(this.registered, resource));
  }

  /**
   * A component of this library, or any resource, e.g. `component("Bucket", "media")`.
   * @throws where there is none, or more than one
   */
  public component(type: string, name: string): RecordedNode {
    return only(this.resources, type, name, "the program");
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
      const names = this.resources
        .filter(({ name: role }) => role.endsWith("-role"))
        .map(({ name: role }) => role.slice(0, -5));
      throw new Error(`nothing called "${name}" has a role; there are: ${names.join(", ") || "none"}`);
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
}

interface PolicyStatement {
  readonly Action: string[];
  readonly Resource: string[];
  readonly Condition?: Record<string, unknown>;
}

function descendants(node: RecordedNode): RecordedNode[] {
  return node.children.flatMap((child) => [child, ...descendants(child)]);
}

/** `Bucket` stands for `tandem:index:Bucket`; other types are written in full. */
function only(nodes: readonly RecordedNode[], type: string, name: string | undefined, where: string): RecordedNode {
  const full = type.includes(":") ? type : `tandem:index:${type}`;
  const found = nodes.filter((node) => node.type === full && (name === undefined || node.name === name));
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  const wanted = `${full}${name === undefined ? "" : ` "${name}"`}`;
  const there = nodes.map((node) => `${node.type} "${node.name}"`).join("\n  ");
  throw new Error(
    `${where} has ${found.length === 0 ? "no" : `${found.length} times`} ${wanted}; there is:\n  ${there}`,
  );
}

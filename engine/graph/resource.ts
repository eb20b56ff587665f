/** Plain data as it stands in a resource's inputs and outputs. */
export type Value = null | boolean | number | string | Archive | readonly Value[] | { readonly [key: string]: Value };
export type Properties = { readonly [key: string]: Value };

/** A file, folder or text that a resource is given, such as a function's package. */
export class Archive {
  public constructor(
    /** The path of a file or folder, absolute; undefined for what is put together in the program. */
    public readonly path: string | undefined,
    /** The hash of the content, so that two programs' archives can be compared without reading them again. */
    public readonly hash: string,
    /** What an archive that has no path consists of, by the path in it: texts, or files, folders and other archives. */
    public readonly entries: Readonly<Record<string, string | Archive>> = {},
    /** The content of a text asset. */
    public readonly text?: string,
    /** The address of a remote asset or archive. */
    public readonly uri?: string,
  ) {}
}

/** A resource as a program registered it. */
export interface RecordedResource {
  readonly urn: string;
  /** The type token, e.g. `aws:s3/bucket:Bucket`. */
  readonly type: string;
  readonly name: string;
  /** False for components. */
  readonly custom: boolean;
  /** True for a component whose children a plugin would make. */
  readonly remote: boolean;
  readonly parent: string | undefined;
  /** The physical id; empty for components. */
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  readonly options: ResourceOptions;
}

/** A resource before its outputs are known. */
export type Registration = Pick<RecordedResource, "urn" | "type" | "name" | "inputs" | "parent">;

/** What a resource will be, as AWS would report it. */
export interface Identity {
  readonly id: string;
  readonly outputs: Properties;
}

/** The options of a resource that a reviewer or a test looks at. */
export interface ResourceOptions {
  readonly protect: boolean;
  /** URNs, sorted. */
  readonly dependsOn: readonly string[];
  readonly aliases: readonly string[];
  readonly ignoreChanges: readonly string[];
  readonly provider: string;
  /** Inputs and outputs that are secret. */
  readonly secrets: readonly string[];
}

/** The last part of a URN's type, which is the resource's own: `…::a$b::name` → `b`. */
export function urnOf(project: string, stack: string, type: string, name: string, parent: string | undefined): string {
  const parentType = parent?.split("::")[2];
  const qualified = parentType === undefined || parentType === "pulumi:pulumi:Stack" ? type : `${parentType}$${type}`;
  return `urn:pulumi:${stack}::${project}::${qualified}::${name}`;
}

import { Archive, type RecordedResource, type Value } from "./resource";

const taskComponent = "tandem:index:Task";
/** What a task's handlers reach it by: people know both as the task. */
const taskTypes = new Set(["aws:ecs/taskDefinition:TaskDefinition", "aws:ecs/cluster:Cluster"]);

/** How people refer to a resource: by its name in the program, and a task by its component's. */
export function labelOf({ type, name, parent }: Pick<RecordedResource, "type" | "name" | "parent">): string {
  return taskTypes.has(type) ? taskNameOf({ parent, id: name }) : name;
}

/** A task's name, from its definition: its component's, or the family of one that a program makes by itself. */
export function taskNameOf({ parent, id }: Pick<RecordedResource, "parent" | "id">): string {
  const [, , types = "", ...name] = (parent ?? "").split("::");
  return types.split("$").at(-1) === taskComponent ? name.join("::") : id;
}

/**
 * Puts names in place of ids, ARNs and addresses that only stand in for those of a deployment, so that what is shown or
 * compared is the same in every stack and on every machine.
 */
export class Names {
  private readonly names = new Map<string, string>();
  private readonly pattern: RegExp | undefined;

  /**
   * @param nameOf what stands in place of an output of a resource, e.g. `media.arn`
   */
  public constructor(
    resources: Iterable<RecordedResource>,
    nameOf: (resource: RecordedResource, output: string) => string,
  ) {
    for (const resource of resources) {
      if (resource.type === "pulumi:pulumi:Stack") continue;
      const given = new Set(Object.values(resource.inputs).filter((value) => typeof value === "string"));
      const { arn, arnWithoutRevision } = resource.outputs;
      const standIns: [string, Value | undefined][] = [
        ["arn", arn],
        // Whatever revision a task definition has.
        ...(typeof arnWithoutRevision === "string" ? [["arn", `${arnWithoutRevision}:*`] as [string, Value]] : []),
        ["id", resource.id],
        ...Object.entries(resource.custom || resource.remote ? resource.outputs : {}),
      ];
      for (const [output, value] of standIns) {
        if (typeof value !== "string" || given.has(value) || !isGenerated(value)) continue;
        // Programs take the line feed off the end of a key.
        const text = value.trimEnd();
        if (!this.names.has(text)) this.names.set(text, nameOf(resource, output));
      }
    }
    // The longest first: an ARN holds the name that it is made of.
    const texts = [...this.names.keys()].sort((a, b) => b.length - a.length).map(escaped);
    this.pattern = texts.length === 0 ? undefined : new RegExp(`(?<![A-Za-z0-9])(?:${texts.join("|")})`, "g");
  }

  public inText(text: string): string {
    const named =
      this.pattern === undefined ? text : text.replace(this.pattern, (found) => this.names.get(found) ?? found);
    return named.replaceAll(":000000000000:", ":<account>:").replaceAll("000000000000.dkr", "<account>.dkr");
  }

  /** The same in all texts of a value; archives stay. */
  public inValue(value: Value): Value {
    if (typeof value === "string") return this.inText(value);
    if (typeof value !== "object" || value === null || value instanceof Archive) return value;
    if (Array.isArray(value)) return (value as readonly Value[]).map((item) => this.inValue(item));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.inText(key), this.inValue(item)]));
  }
}

/**
 * Whether a text is one that this machine made: an ARN, an address, a name with a hash, a key or its fingerprint. Anything
 * else is the user's own.
 */
function isGenerated(text: string): boolean {
  return (
    /^(arn:aws|https?:\/\/|sha256:)/.test(text) ||
    /-[0-9a-f]{7}(@|:|-|\.fifo|$)/.test(text) ||
    /^(sg|vpc|subnet)-[0-9a-f]{17}$/.test(text) ||
    /^(?=.*\d)(?=.*[a-z])[0-9a-z]{6,10}$/.test(text) ||
    /^(-----BEGIN [A-Z ]*KEY-----|(ssh|ecdsa)-[a-z0-9-]+ AAAA|SHA256:)/.test(text) ||
    /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/.test(text)
  );
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

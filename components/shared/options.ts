import type * as pulumi from "@pulumi/pulumi";

/** Lists that are added to those which a resource has of its own. */
const lists = ["ignoreChanges", "replaceOnChanges", "hideDiffs", "replaceWith"] as const;
/**
 * Settings that stand where a resource has none of its own. Pulumi hands `retainOnDelete` down by itself, but a resource
 * that the program's `transforms` change comes back from them with an explicit `false`, and its data would go.
 */
const settings = ["customTimeouts", "replacementTrigger", "retainOnDelete"] as const;

type Options = pulumi.ComponentResourceOptions;

/**
 * A component's options, so that each reaches every resource in it. Pulumi hands down providers, aliases, `protect`,
 * `deletedWith`, `transforms` and `transformations`; others that are given to a component, `ignoreChanges` for one, it
 * keeps for the component itself, where they do nothing (https://github.com/pulumi/pulumi/issues/8969).
 */
export function reachingChildren(options: Options = {}): Options {
  const given = [...lists, ...settings].filter((option) => options[option] !== undefined);
  if (given.length === 0) return options;
  const passOn: pulumi.ResourceTransformation = ({ props, opts }) => ({ props, opts: withDefaults(opts, options) });
  // First: what the program transforms then, it sees and may change.
  return { ...options, transformations: [passOn, ...(options.transformations ?? [])] };
}

function withDefaults(own: pulumi.ResourceOptions, given: Options): pulumi.ResourceOptions {
  const merged = lists
    .filter((option) => given[option] !== undefined)
    .map((option) => [option, [...new Set<unknown>([...(own[option] ?? []), ...(given[option] ?? [])])]]);
  const set = settings
    .filter((option) => given[option] !== undefined)
    .map((option) => [option, own[option] ?? (given[option] as unknown)]);
  return { ...own, ...(Object.fromEntries([...merged, ...set]) as Options) };
}

/** The options of a question that a component asks of the cloud: its provider answers, once what `dependsOn` names is there. */
export function askedBy(parent: pulumi.Resource, { dependsOn }: Options = {}): pulumi.InvokeOutputOptions {
  return { parent, ...(dependsOn === undefined ? {} : { dependsOn }) };
}

/** Changes the arguments of a component's child before it is made, e.g. to add tags. */
export type Transform<Args> = (args: Args) => Args;

/** A component's `transform` argument: for each child that it makes, by the child's name, a {@link Transform}. */
export type Transforms<Children> = { readonly [Child in keyof Children]?: Transform<Children[Child]> };

/** The arguments of a child after the transform that the user gave for it, if any. */
export function transformed<Children, Child extends keyof Children>(
  transforms: Transforms<Children> | undefined,
  child: Child,
  args: Children[Child],
): Children[Child] {
  return transforms?.[child]?.(args) ?? args;
}

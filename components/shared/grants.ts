import type * as pulumi from "@pulumi/pulumi";
import { show } from "./checks";
import { throwProblems, type Problem } from "./errors";

/** Permissions to pass as `grants`. Made by `x.can(...)` or {@link grant}. */
export interface Grant {
  readonly statements: readonly Statement[];
}

/** IAM actions on resources. */
export interface Statement {
  readonly actions: readonly string[];
  readonly resources: readonly pulumi.Input<string>[];
  /** The component and verb that it came from, e.g. `media:put`; looked at for loops only. */
  readonly origin?: string;
  /** IAM conditions, as in a policy document. */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, pulumi.Input<string>>>>>;
}

/**
 * A permission for anything in AWS that has no component here.
 *
 * @example
 * ```ts
 * grants: [grant(["dynamodb:GetItem"], [table.arn])]
 * ```
 * @throws `ERR_GRANT_ACTION` where an action has a wildcard or is no `service:Action`, or the resources are missing.
 */
export function grant(actions: string[], resources: pulumi.Input<string>[]): Grant {
  const problems: Problem[] = [];
  const refuse = (got: string, fix: string): void => {
    problems.push({ code: "ERR_GRANT_ACTION", message: "a grant must name plain IAM actions and resources", got, fix });
  };
  if (!Array.isArray(actions) || actions.length === 0) refuse(`actions = ${show(actions)}`, "list at least one action");
  else {
    for (const action of actions) {
      if (!/^[a-z0-9-]+:[A-Za-z0-9]+$/.test(action)) {
        refuse(show(action), 'write each action in full, like "dynamodb:GetItem"; wildcards are not taken');
      }
    }
  }
  if (!Array.isArray(resources) || resources.length === 0) {
    refuse(`resources = ${show(resources)}`, "list the ARNs that the actions are for");
  }
  throwProblems(problems);
  return { statements: [{ actions, resources }] };
}

/** The verbs that a component has, and what each allows. */
export type Verbs<Verb extends string> = Readonly<Record<Verb, readonly Statement[]>>;

/**
 * The grant behind `component.can(...verbs)`.
 * @throws `ERR_GRANT_VERB` where a verb does not exist, or none is named.
 */
export function grantOf<Verb extends string>(whose: string, verbs: Verbs<Verb>, asked: readonly Verb[]): Grant {
  const known = Object.keys(verbs);
  const unknown = asked.filter((verb) => !known.includes(verb));
  throwProblems(
    (asked.length === 0 ? ["nothing" as string] : unknown).map((verb) => ({
      code: "ERR_GRANT_VERB",
      message: `${whose} cannot grant ${verb === "nothing" ? "nothing" : show(verb)}`,
      got: `can(${asked.map(show).join(", ")})`,
      fix: `use one or more of ${known.map(show).join(", ")}`,
    })),
  );
  return { statements: asked.flatMap((verb) => verbs[verb]) };
}

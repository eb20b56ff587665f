import * as pulumi from "@pulumi/pulumi";
import { throwProblems } from "./errors";
import type { Statement } from "./grants";
import { checkPolicySize } from "./limits";

/** The version of the policy language (not of the policy). */
const version = "2012-10-17";

/**
 * An IAM policy document with exactly `statements`: one statement for each set of resources, in a fixed order, so that
 * the order of captures does not show as a change. A statement that turns out to be undefined is left out.
 */
export function policyDocument(statements: readonly pulumi.Input<Statement | undefined>[]): pulumi.Output<string> {
  return pulumi.output(statements).apply((known) => {
    const merged = new Map<string, { actions: Set<string>; resources: string[]; conditions: object | undefined }>();
    for (const { actions, resources, conditions } of known.filter((statement) => statement !== undefined)) {
      const sorted = [...new Set(resources)].sort();
      if (sorted.length === 0) continue;
      const key = JSON.stringify([sorted, conditions ?? null]);
      const statement = merged.get(key) ?? { actions: new Set<string>(), resources: sorted, conditions };
      for (const action of actions) statement.actions.add(action);
      merged.set(key, statement);
    }
    const ordered = [...merged.values()].map(({ actions, resources, conditions }) => ({
      Effect: "Allow",
      Action: [...actions].sort(),
      Resource: resources,
      ...(conditions === undefined ? {} : { Condition: conditions }),
    }));
    ordered.sort((a, b) => compare(JSON.stringify([a.Action, a.Resource]), JSON.stringify([b.Action, b.Resource])));
    return JSON.stringify({ Version: version, Statement: ordered });
  });
}

/** The same for the role of a handler or container, refused where it is larger than IAM takes. */
export function roleDocument(
  whose: string,
  resource: pulumi.Resource,
  statements: Parameters<typeof policyDocument>[0],
): pulumi.Output<string> {
  return policyDocument(statements).apply((policy) => {
    throwProblems(checkPolicySize(whose, policy), resource);
    return policy;
  });
}

/** By code unit, not by locale: the same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The trust policy that lets an AWS service, e.g. `lambda.amazonaws.com`, take a role. */
export function assumedBy(service: string, condition?: pulumi.Input<object>): pulumi.Output<string> {
  return pulumi.output(condition).apply((known) =>
    JSON.stringify({
      Version: version,
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: service },
          Action: "sts:AssumeRole",
          ...(known === undefined ? {} : { Condition: known }),
        },
      ],
    }),
  );
}

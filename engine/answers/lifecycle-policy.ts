import type { Properties } from "../graph/resource";
import { list, number, object, text } from "../graph/values";

/**
 * Computes `aws.ecr.getLifecyclePolicyDocument`: a lifecycle policy as JSON
 * (https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html).
 */
export function lifecyclePolicyDocument(args: Properties): Properties {
  const rules = list(args, "rules").map((item) => {
    const rule = item as Properties;
    const selection = one(rule, "selection");
    const action = one(rule, "action");
    return {
      rulePriority: number(rule, "priority"),
      ...(text(rule, "description") === "" ? {} : { description: text(rule, "description") }),
      selection: {
        tagStatus: text(selection, "tagStatus"),
        ...optionalList(selection, "tagPatternLists", "tagPatternList"),
        ...optionalList(selection, "tagPrefixLists", "tagPrefixList"),
        countType: text(selection, "countType"),
        ...(text(selection, "countUnit") === "" ? {} : { countUnit: text(selection, "countUnit") }),
        countNumber: number(selection, "countNumber"),
      },
      action: { type: text(action, "type") || "expire" },
    };
  });
  return { ...args, json: JSON.stringify({ rules }) };
}

/** A block that the provider takes as a list of one, and its SDK as an object. */
function one(properties: Properties, key: string): Properties {
  const [first] = list(properties, key);
  return first === undefined ? object(properties, key) : object({ first }, "first");
}

function optionalList(properties: Properties, from: string, to: string): Record<string, readonly unknown[]> {
  const values = list(properties, from);
  return values.length === 0 ? {} : { [to]: values };
}

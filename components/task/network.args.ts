import { checkKnown, checkOneOf, isPlain, show } from "../shared/checks";
import type { Problem } from "../shared/errors";
import { checkCount } from "../shared/limits";
import { vpcPattern } from "../shared/settings";

/** Finds what is wrong with where a task is to run. */
export function checkNetwork(whose: string, network: unknown): Problem[] {
  if (!isPlain(network)) return [];
  if (typeof network !== "object" || network === null) {
    return [wrong(whose, "a network that is none", "network", network, "use an object, like { private: true }")];
  }
  const settings: { readonly vpc?: unknown; readonly private?: unknown; readonly securityGroups?: unknown } = network;
  return [
    ...checkKnown(whose, network, ["vpc", "private", "securityGroups"]),
    ...checkOneOf(whose, "private", settings.private, [true, false]),
    ...checkVpc(whose, settings.vpc, settings.private === true),
    ...checkSecurityGroups(whose, settings.securityGroups),
  ];
}

/** Of a network that is given with its subnets, those have to be there in which the task is to run. */
function checkVpc(whose: string, vpc: unknown, isPrivate: boolean): Problem[] {
  if (!isPlain(vpc) || (typeof vpc === "string" && vpcPattern.test(vpc))) return [];
  const needed = ["vpcId", isPrivate ? "privateSubnetIds" : "publicSubnetIds"];
  if (typeof vpc === "object" && vpc !== null && needed.every((key) => key in vpc)) {
    const subnets = (vpc as Record<string, unknown>)[needed[1] ?? ""];
    return [
      ...checkSubnets(whose, subnets, isPrivate),
      ...checkCount(whose, "subnets", subnets, 16, "name one for each availability zone"),
    ];
  }
  // The whole of a resource would say nothing.
  const keys = typeof vpc === "object" && vpc !== null ? { keys: Object.keys(vpc) } : vpc;
  const fix = `use its id, like "vpc-0123456789abcdef0", or an object with ${needed.join(" and ")}, like an awsx.ec2.Vpc`;
  return [wrong(whose, "what is no VPC to run in", "vpc", keys, fix)];
}

/** Refuses a network that is known to have no subnet of the kind that a task needs: its runs would have no place. */
export function checkSubnets(whose: string, subnets: unknown, isPrivate: boolean): Problem[] {
  if (!Array.isArray(subnets) || subnets.length > 0) return [];
  const [kind, key] = isPrivate ? ["private", "privateSubnetIds"] : ["public", "publicSubnetIds"];
  return [
    {
      code: "ERR_TASK_NETWORK",
      message: `${whose} has a network without ${kind} subnets, so that no run could be placed`,
      got: "subnets = []",
      fix: `where the program makes the subnets, name them: network: { vpc: { vpcId, ${key}: [subnet.id] } }, or give the Task { dependsOn: [subnet] }; otherwise choose a VPC with ${kind} subnets`,
    },
  ];
}

function checkSecurityGroups(whose: string, groups: unknown): Problem[] {
  if (!isPlain(groups)) return [];
  if (Array.isArray(groups) && groups.every((id: unknown) => !isPlain(id) || /^sg-\w+$/.test(String(id)))) {
    return checkCount(whose, "security groups", groups, 5, "put the rules of several into one");
  }
  return [wrong(whose, "security groups that are none", "securityGroups", groups, 'use their ids, like ["sg-0123"]')];
}

function wrong(whose: string, what: string, argument: string, value: unknown, fix: string): Problem {
  return {
    code: "ERR_ARGUMENT_TYPE",
    message: `${whose} was given ${what}`,
    got: `${argument} = ${show(value)}`,
    fix,
  };
}

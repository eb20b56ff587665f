import { arn } from "../services/account";
import { uniqueId } from "../services/identity/caller-identity";
import { named, physicalName, type Twin } from "./twin";
import { text } from "../graph/values";

/** A role: it has a key of its own, with which whatever runs under it signs its requests. */
export const iamRole: Twin = {
  type: "aws:iam/role:Role",
  inputs: {
    name: true,
    assumeRolePolicy: true,
    description: true,
    forceDetachPolicies: true,
    inlinePolicies: true,
    managedPolicyArns: true,
    maxSessionDuration: true,
    namePrefix: true,
    path: true,
    permissionsBoundary: true,
    tags: true,
  },
  identify(resource, account) {
    const { id, arn: roleArn, outputs } = named(resource, account, "iam", "role/");
    return { id, outputs: { ...outputs, uniqueId: uniqueId(roleArn) } };
  },
};

/** A policy of a role. It is read where requests are authorized. */
export const iamRolePolicy: Twin = {
  type: "aws:iam/rolePolicy:RolePolicy",
  inputs: { name: true, namePrefix: true, policy: true, role: true },
  identify(resource) {
    const name = physicalName(resource, resource.inputs["name"]);
    return { id: `${text(resource.inputs, "role")}:${name}`, outputs: { name } };
  },
};

export const iamPolicy: Twin = {
  type: "aws:iam/policy:Policy",
  inputs: { name: true, description: true, namePrefix: true, path: true, policy: true, tags: true },
  identify(resource, account) {
    const name = physicalName(resource, resource.inputs["name"]);
    const policyArn = arn(account, "iam", `policy/${name}`);
    return { id: policyArn, outputs: { name, arn: policyArn } };
  },
};

export const iamRolePolicyAttachment: Twin = {
  type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  inputs: { policyArn: true, role: true },
  identify: ({ inputs }) => ({ id: `${text(inputs, "role")}-${text(inputs, "policyArn")}`, outputs: {} }),
};

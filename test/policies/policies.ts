import { apiPolicies, unmetApiPolicies } from "./apis";
import { containerPolicies, unmetContainerPolicies } from "./containers";
import { functionPolicies, unmetFunctionPolicies } from "./functions";
import { messagePolicies, unmetMessagePolicies } from "./messages";
import { permissionPolicies } from "./permissions";
import type { Policy } from "./policy";
import { bucketPolicies, unmetBucketPolicies } from "./storage";

/** The rules that every program keeps, whatever it asks for, unless it asks for the contrary. */
export const policies: readonly Policy[] = [
  ...permissionPolicies,
  ...bucketPolicies,
  ...messagePolicies,
  ...functionPolicies,
  ...containerPolicies,
  ...apiPolicies,
];

/** The rules that a program keeps where it asks for that. */
export const unmetPolicies: readonly Policy[] = [
  ...unmetBucketPolicies,
  ...unmetMessagePolicies,
  ...unmetFunctionPolicies,
  ...unmetContainerPolicies,
  ...unmetApiPolicies,
];

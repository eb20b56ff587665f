import { AwsError } from "./protocol/message";
import type { Authorize } from "./protocol/operation";

/** Lets every key of this stack do what it asks; refuses requests that nobody signed. */
export const requireCaller: Authorize = (request) => {
  if (request.caller === undefined) throw new AwsError("AccessDenied", "Access Denied", 403);
};

import { checkCalledFunctionArgs, type CalledFunctionArgs } from "../function/function.args";
import { checkRange, isPlain, show } from "../shared/checks";
import { closest } from "../shared/closest";
import type { Problem } from "../shared/errors";
import { builtInAuth } from "./authorizer.args";
import { checkSchema, type JsonSchema } from "./schema";

/** Settings of a route, beside those of its function. */
export interface RouteArgs {
  /**
   * Who may call it: everybody (`"none"`), who signs requests as AWS does and has `api.can("invoke")` (`"iam"`), or whom
   * one of the API's authorizers lets in, by its name.
   * @defaultValue `"none"`
   */
  readonly auth?: string;
  /** A JSON schema that bodies must fit; others are answered 400 with all that is wrong. */
  readonly body?: JsonSchema;
  /** A JSON schema (of an object) that queries must fit; texts count as the numbers and booleans that they stand for. */
  readonly query?: JsonSchema;
}

const routeKeys: readonly (keyof RouteArgs)[] = ["auth", "body", "query"];

/** Finds what is wrong with a route's settings. */
export function checkRouteArgs(
  whose: string,
  args: RouteArgs & CalledFunctionArgs,
  authorizers: readonly string[],
): Problem[] {
  return [
    ...checkCalledFunctionArgs(whose, args, routeKeys, "leave it out: who sends the request may send it again"),
    // API Gateway waits for 29 seconds: what a function does after that, nobody hears.
    ...(typeof args.timeout === "number" && args.timeout > 30 && args.timeout <= 900
      ? checkRange(whose, "timeout", args.timeout, {
          least: 1,
          most: 30,
          unit: "seconds: longer work is a Task's or a queue's",
        })
      : []),
    ...checkAuth(whose, args.auth, authorizers),
    ...checkSchema(whose, "body", args.body),
    ...checkSchema(whose, "query", args.query),
  ];
}

function checkAuth(whose: string, auth: unknown, authorizers: readonly string[]): Problem[] {
  const allowed = [...builtInAuth, ...authorizers];
  if (!isPlain(auth) || (typeof auth === "string" && allowed.includes(auth))) return [];
  const meant = typeof auth === "string" ? closest(auth, allowed) : undefined;
  return [
    {
      code: "ERR_ROUTE_AUTH",
      message: `${whose} names an authorizer that the API does not have`,
      got: `auth = ${show(auth)}`,
      fix:
        meant === undefined
          ? `use ${allowed.map(show).join(", ")}, or add it to the Api's authorizers`
          : `did you mean ${show(meant)}?`,
    },
  ];
}

import type * as pulumi from "@pulumi/pulumi";
import { checkCalledFunctionArgs, type CalledFunctionArgs } from "../function/function.args";
import { checkHandler, type Handler } from "../function/handler";
import { checkKnown, checkRange, isPlain, show } from "../shared/checks";
import type { Problem } from "../shared/errors";
import { checkCount } from "../shared/limits";
import type { AuthorizerResult } from "./authorizer-event.runtime";
import type { ApiRequest } from "./request.runtime";

/** Lets in who has a token that an issuer signed; its claims are the handler's `request.user`. */
export interface JwtAuthorizer {
  /** Who signs: an address beneath which `.well-known/openid-configuration` names the keys. */
  readonly issuer: pulumi.Input<string>;
  /** Whom a token must be for: its `aud` or `client_id`. */
  readonly audience: pulumi.Input<string> | pulumi.Input<pulumi.Input<string>[]>;
  /** A token must have one of these. @defaultValue none are asked for */
  readonly scopes?: pulumi.Input<pulumi.Input<string>[]>;
  /** The header that carries the token. @defaultValue `"Authorization"` */
  readonly header?: string;
}

/** Lets in whom a handler lets in; what the handler returns is the route's `request.user`. */
export interface CustomAuthorizer extends CalledFunctionArgs {
  /** Gets the request without its body; returns whether the caller may go on, or who it is. */
  readonly handler: Handler<ApiRequest, AuthorizerResult>;
  /** Headers without which a request is refused at once, and by which an answer is kept. @defaultValue none */
  readonly headers?: string[];
  /** Seconds that an answer is kept for the same headers and route, up to 3600. @defaultValue `0` */
  readonly ttl?: number;
}

/** Decides who may call a route. */
export type ApiAuthorizer = JwtAuthorizer | CustomAuthorizer;

/** What stands in `auth` besides the names of authorizers. */
export const builtInAuth: readonly string[] = ["none", "iam"];

/** Tells the two kinds of authorizers apart. */
export function isCustom(authorizer: ApiAuthorizer): authorizer is CustomAuthorizer {
  return "handler" in authorizer;
}

const customKeys = ["handler", "headers", "ttl"];

/** Finds what is wrong with an API's authorizers. */
export function checkAuthorizers(whose: string, authorizers: unknown): Problem[] {
  if (!isPlain(authorizers)) return [];
  if (typeof authorizers !== "object" || authorizers === null || Array.isArray(authorizers)) {
    return [wrong(whose, `authorizers = ${show(authorizers)}`, "name each, like { users: { issuer, audience } }")];
  }
  const tooMany = checkCount(whose, "authorizers", Object.keys(authorizers), 10, "let one handler decide for several");
  if (tooMany.length > 0) return tooMany;
  return Object.entries(authorizers).flatMap(([name, authorizer]: [string, unknown]) => {
    const got = `authorizers.${name} = ${show(authorizer)}`;
    if (builtInAuth.includes(name) || !/^[A-Za-z][A-Za-z0-9_-]{0,31}$/.test(name)) {
      const fix = `use 1 to 32 letters, digits, hyphens and underscores, and not ${builtInAuth.join(" or ")}`;
      return [wrong(whose, got, `choose another name: ${fix}`)];
    }
    if (typeof authorizer !== "object" || authorizer === null) return [wrong(whose, got, form)];
    if (isCustom(authorizer as ApiAuthorizer))
      return checkCustom(`authorizer "${name}"`, authorizer as CustomAuthorizer);
    return checkJwt(whose, name, authorizer as Partial<JwtAuthorizer>);
  });
}

const form = 'use { issuer: "https://…", audience: "…" } for tokens, or { handler } for a check of your own';

function checkCustom(whose: string, { handler, headers, ttl, ...args }: CustomAuthorizer): Problem[] {
  return [
    ...checkHandler(whose, handler),
    ...checkCalledFunctionArgs(
      whose,
      args,
      customKeys,
      "leave it out: a request whose authorizer fails is answered 500",
    ),
    ...checkRange(whose, "ttl", ttl, { least: 0, most: 3600, unit: "seconds" }),
    ...((ttl ?? 0) > 0 && (headers ?? []).length === 0
      ? [wrong(whose, `ttl = ${ttl}`, "name the headers by which an answer is kept, or leave ttl out")]
      : []),
  ];
}

function checkJwt(whose: string, name: string, authorizer: Partial<JwtAuthorizer>): Problem[] {
  const { issuer, audience } = authorizer;
  const audiences: readonly unknown[] = Array.isArray(audience) ? audience : [audience];
  const problems = checkKnown(`${whose}'s authorizer "${name}"`, authorizer, [
    "issuer",
    "audience",
    "scopes",
    "header",
  ]);
  problems.push(
    ...checkCount(`${whose}'s authorizer "${name}"`, "audiences", audience, 50, "use several authorizers"),
    ...checkCount(`${whose}'s authorizer "${name}"`, "scopes", authorizer.scopes, 10, "use several authorizers"),
  );
  if (issuer === undefined || (isPlain(issuer) && !(typeof issuer === "string" && /^https?:\/\/[^/]/.test(issuer)))) {
    problems.push(wrong(whose, `authorizers.${name}.issuer = ${show(issuer)}`, "use the issuer's address, https://…"));
  }
  if (audiences.length === 0 || audiences.some((one) => one === undefined || one === "")) {
    problems.push(wrong(whose, `authorizers.${name}.audience = ${show(audience)}`, "name whom tokens must be for"));
  }
  return problems;
}

function wrong(whose: string, got: string, fix: string): Problem {
  return { code: "ERR_API_AUTHORIZER", message: `${whose} was given an authorizer that cannot be one`, got, fix };
}

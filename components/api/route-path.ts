import { show } from "../shared/checks";
import type { Problem } from "../shared/errors";

/** The methods of routes; ANY stands for all. */
export const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY"] as const;
export type Method = (typeof methods)[number];

/** The route of what matches no other. */
export const defaultPath = "$default";

/** Finds what is wrong with a route's path (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html). */
export function checkPath(whose: string, path: unknown): Problem[] {
  const refuse = (fix: string): Problem[] => [
    {
      code: "ERR_ROUTE_PATH",
      message: `${whose} was given a path that API Gateway does not take`,
      got: `path = ${show(path)}`,
      fix,
    },
  ];
  if (typeof path !== "string") return refuse('use a text, like "/scenes/{id}"');
  if (path === defaultPath || path === "/") return [];
  if (!path.startsWith("/")) return refuse(`start it with a slash: ${show(`/${path}`)}`);
  const segments = path.slice(1).split("/");
  if (segments.includes("")) return refuse("write it without empty parts, and without a slash at the end");
  const names = segments.flatMap((segment) => /^\{(.*?)\+?\}$/.exec(segment)?.[1] ?? []);
  for (const [index, segment] of segments.entries()) {
    if (/^\{\w+\}$/.test(segment)) continue;
    if (/^\{\w+\+\}$/.test(segment)) {
      if (index === segments.length - 1) continue;
      return refuse(`put ${segment} at the end: it takes all that follows`);
    }
    if (/[{}]/.test(segment))
      return refuse("a variable is a whole part of the path, in letters, digits and _, like {id} or {rest+}");
    if (/^:/.test(segment)) return refuse(`write variables in braces: {${segment.slice(1)}}`);
    if (!/^[\w\-.~!$&'()*+,;=:@%]+$/.test(segment))
      return refuse(`encode ${show(segment)}: ${encodeURIComponent(segment)}`);
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return refuse(`give each variable its own name: {${twice}} stands there twice`);
  return [];
}

/** API Gateway's key of a route: `GET /scenes/{id}`, or `$default`. */
export function routeKeyOf(method: Method, path: string): string {
  return path === defaultPath ? defaultPath : `${method} ${path}`;
}

/** Two routes with the same key are one to API Gateway, whatever their variables are called. */
export function comparable(routeKey: string): string {
  return routeKey.replace(/\{\w+(\+?)\}/g, "{$1}");
}

import type { Exchange } from "../exchange";
import { contextValue } from "../context-values";

/**
 * The values of an authorizer's identity sources (`$request.header.Authorization`, `$request.querystring.token`,
 * `$context.routeKey`, `$stageVariables.tenant`); undefined where one of them is missing or empty.
 */
export function identityValues(sources: readonly string[], exchange: Exchange): string[] | undefined {
  const values: string[] = [];
  for (const source of sources) {
    const value = read(source, exchange);
    if (value === undefined || value === "") return undefined;
    values.push(value);
  }
  return values;
}

function read(source: string, exchange: Exchange): string | undefined {
  const [, place, name = ""] =
    /^\$(request\.header|request\.querystring|context|stageVariables)\.(.+)$/.exec(source) ?? [];
  switch (place) {
    case "request.header":
      return exchange.request.header(name);
    case "request.querystring":
      return exchange.request.query().get(name)?.join(",");
    case "context":
      return contextValue(name, exchange);
    case "stageVariables":
      return exchange.stage?.variables[name];
    default:
      return undefined;
  }
}

import { contextValue } from "./context-values";
import type { Exchange } from "./exchange";
import { Refusal } from "./gateway-answer";

/** What a mapping changes: a header, a query parameter, the path, or the status. */
interface Change {
  readonly action: "append" | "overwrite" | "remove";
  readonly place: "header" | "querystring" | "path" | "statuscode";
  readonly name: string;
  readonly value: string;
}

/** Headers of an answer that is being mapped. */
type ResponseHeader = (name: string) => string | undefined;

/**
 * Works out a mapping of parameters
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html). Bodies pass the
 * gateway as streams here, so values out of them are refused. A value that a request does not have changes nothing.
 * @throws Refusal 500
 */
export function parameterChanges(
  mapping: Readonly<Record<string, string>>,
  exchange: Exchange,
  responseHeader?: ResponseHeader,
): Change[] {
  const changes: Change[] = [];
  for (const [target, template] of Object.entries(mapping)) {
    const [, action, place, name = ""] =
      /^(append|overwrite|remove):(header|querystring|path|statuscode)(?:\.(.+))?$/.exec(target) ?? [];
    if (action === undefined || place === undefined)
      throw new Refusal(500, `a parameter mapping ${target} is not known`);
    const value = action === "remove" ? "" : fill(template, exchange, responseHeader);
    if (value === undefined) continue;
    changes.push({ action, place, name: place === "header" ? name.toLowerCase() : name, value } as Change);
  }
  return changes;
}

/** A template's value: a variable by itself, or text with variables in `${…}`. */
function fill(template: string, exchange: Exchange, responseHeader?: ResponseHeader): string | undefined {
  const read = (expression: string): string | undefined => variable(expression, exchange, responseHeader);
  if (/^\$(request|response|context|stageVariables)\./.test(template)) return read(template.slice(1));
  if (template === "$request.path") return read("request.path");
  const parts = [...template.matchAll(/\$\{([^}]+)\}/g)];
  if (parts.length > 0 && parts.some(([, expression]) => read(expression ?? "") === undefined)) return undefined;
  return template.replace(/\$\{([^}]+)\}/g, (_all, expression: string) => read(expression) ?? "");
}

function variable(expression: string, exchange: Exchange, responseHeader?: ResponseHeader): string | undefined {
  const { request, match, stage } = exchange;
  if (expression === "request.path") return request.path;
  const [, source, name = ""] =
    /^(request\.(?:header|querystring|path|body)|response\.(?:header|body)|context|stageVariables)\.(.+)$/.exec(
      expression,
    ) ?? [];
  switch (source) {
    case "request.header":
      return request.header(name);
    case "request.querystring":
      return request.query().get(name)?.join(",");
    case "request.path":
      return match?.parameters?.[name];
    case "response.header":
      return responseHeader?.(name.toLowerCase());
    case "context":
      return contextValue(name, exchange);
    case "stageVariables":
      return stage?.variables[name];
    default:
      throw new Refusal(500, `a parameter mapping's value $${expression} is not supported on this machine`);
  }
}

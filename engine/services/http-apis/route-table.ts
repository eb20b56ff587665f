import type { RouteDefinition } from "./api-definition";

/** A route that a request matches. */
export interface RouteMatch {
  readonly route: RouteDefinition;
  /** The path's variables, decoded; undefined where the route has none. */
  readonly parameters: Record<string, string> | undefined;
}

interface TableRoute {
  readonly route: RouteDefinition;
  /** Names of the path's variables, in order. */
  readonly names: readonly string[];
}

interface TableNode {
  readonly literals: Map<string, TableNode>;
  variable: TableNode | undefined;
  /** Routes whose path ends here, and those that take any path below, by method. */
  readonly ending: Map<string, TableRoute>;
  readonly greedy: Map<string, TableRoute>;
}

/**
 * Finds a request's route as API Gateway does (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html):
 * a full match of the path first, then the longest with a greedy variable, then `$default`. A literal segment comes
 * before a variable, a route's own method before ANY. Where a path has no route for the method, less specific ones are
 * tried. Paths are compared case by case; a slash at the end makes another path.
 */
export class RouteTable {
  private readonly root = newNode();
  private fallback: RouteDefinition | undefined;

  /** @throws Error for a key that API Gateway refuses. */
  public constructor(routes: Iterable<RouteDefinition>) {
    for (const route of routes) this.add(route);
  }

  /** @param segments the path's parts after the first slash, decoded: `/a/` has two, the second empty */
  public find(method: string, segments: readonly string[]): RouteMatch | undefined {
    const values: string[] = [];
    const found =
      findEnding(this.root, method, segments, 0, values) ?? findGreedy(this.root, method, segments, 0, values);
    if (found === undefined) return this.fallback && { route: this.fallback, parameters: undefined };
    if (found.names.length === 0) return { route: found.route, parameters: undefined };
    const parameters = Object.fromEntries(found.names.map((name, index) => [name, values[index] ?? ""]));
    return { route: found.route, parameters };
  }

  private add(route: RouteDefinition): void {
    if (route.key === "$default") {
      this.fallback = route;
      return;
    }
    const { method, segments } = parseRouteKey(route.key);
    const names: string[] = [];
    let node = this.root;
    for (const segment of segments) {
      const [, name, plus] = /^\{([^{}+]+)(\+?)\}$/.exec(segment) ?? [];
      if (name === undefined) {
        const next: TableNode = node.literals.get(segment) ?? newNode();
        node.literals.set(segment, next);
        node = next;
        continue;
      }
      names.push(name);
      if (plus === "+") {
        node.greedy.set(method, { route, names });
        return;
      }
      node = node.variable ??= newNode();
    }
    node.ending.set(method, { route, names });
  }
}

const methods = ["ANY", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Takes `GET /users/{id}` apart. @throws Error for a key that API Gateway refuses, with the reason. */
export function parseRouteKey(key: string): { method: string; segments: string[] } {
  const [, method = "", path = ""] = /^(\S+) (\/\S*)$/.exec(key) ?? [];
  if (!methods.includes(method)) throw new Error("a route key is a method and a path, such as GET /users, or $default");
  const segments = path.slice(1).split("/");
  if (segments.length > 1 && segments.at(-1) === "") throw new Error("a route's path does not end with a slash");
  const isWhole = (segment: string): boolean => !/[{}]/.test(segment) || /^\{[^{}+]+\+?\}$/.test(segment);
  if (!segments.every(isWhole)) throw new Error("a path variable is a whole segment, such as {id}");
  if (segments.slice(0, -1).some((segment) => segment.endsWith("+}")))
    throw new Error("a greedy variable is the last segment of a path");
  return { method, segments };
}

function newNode(): TableNode {
  return { literals: new Map(), variable: undefined, ending: new Map(), greedy: new Map() };
}

function findEnding(
  node: TableNode,
  method: string,
  segments: readonly string[],
  index: number,
  values: string[],
): TableRoute | undefined {
  const segment = segments[index];
  if (segment === undefined) return node.ending.get(method) ?? node.ending.get("ANY");
  const literal = node.literals.get(segment);
  const found = literal && findEnding(literal, method, segments, index + 1, values);
  if (found !== undefined || node.variable === undefined || segment === "") return found;
  const depth = values.push(segment);
  const variable = findEnding(node.variable, method, segments, index + 1, values);
  if (variable === undefined) values.length = depth - 1;
  return variable;
}

function findGreedy(
  node: TableNode,
  method: string,
  segments: readonly string[],
  index: number,
  values: string[],
): TableRoute | undefined {
  const segment = segments[index];
  if (segment === undefined) return undefined;
  const literal = node.literals.get(segment);
  const deeper = literal && findGreedy(literal, method, segments, index + 1, values);
  if (deeper !== undefined) return deeper;
  if (node.variable !== undefined && segment !== "") {
    const depth = values.push(segment);
    const variable = findGreedy(node.variable, method, segments, index + 1, values);
    if (variable !== undefined) return variable;
    values.length = depth - 1;
  }
  const here = node.greedy.get(method) ?? node.greedy.get("ANY");
  if (here !== undefined) values.push(segments.slice(index).join("/"));
  return here;
}

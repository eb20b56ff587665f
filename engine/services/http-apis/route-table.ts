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
    const of = (routes: ReadonlyMap<string, TableRoute>): TableRoute | undefined =>
      routes.get(method) ?? routes.get("ANY");
    const ending = find(this.root, segments, 0, values, (node, index) =>
      index === segments.length ? of(node.ending) : undefined,
    );
    const greedy = (node: TableNode, index: number): TableRoute | undefined => {
      const here = index < segments.length ? of(node.greedy) : undefined;
      if (here !== undefined) values.push(segments.slice(index).join("/"));
      return here;
    };
    const found = ending ?? find(this.root, segments, 0, values, greedy);
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

/**
 * Goes down the table along a path, literals before variables, and takes what `pick` finds at the deepest node.
 * @param values the path's variables so far; those of a way that leads nowhere are taken off again
 */
function find(
  node: TableNode,
  segments: readonly string[],
  index: number,
  values: string[],
  pick: (node: TableNode, index: number) => TableRoute | undefined,
): TableRoute | undefined {
  const segment = segments[index];
  if (segment !== undefined) {
    const literal = node.literals.get(segment);
    const found = literal && find(literal, segments, index + 1, values, pick);
    if (found !== undefined) return found;
    if (node.variable !== undefined && segment !== "") {
      const depth = values.push(segment);
      const variable = find(node.variable, segments, index + 1, values, pick);
      if (variable !== undefined) return variable;
      values.length = depth - 1;
    }
  }
  return pick(node, index);
}

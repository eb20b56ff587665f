import { createHash } from "node:crypto";
import { comparable, defaultPath } from "./route-path";

/** Names of functions have room for so many characters. */
const longest = 44;

/** Words that a path uses for a variable far more often than as they stand: `/users/{id}`, not `/users/id`. */
const variables: ReadonlySet<string> = new Set(["id", "key", "name", "slug", "uuid"]);
/** The same for a variable that takes the rest of a path: `/{rest+}`. */
const greedyVariables: ReadonlySet<string> = new Set(["file", "path", "proxy", "rest"]);

/**
 * The name of a route's resources, which follows from its key alone: `web-get-scenes-id` for `GET /scenes/{id}`. Several keys
 * would come to that name, `GET /scenes/id` for one. The likeliest of them has it as it is, the others with a hash of their key.
 * @param suffix what is added to it for further resources, and has to have room as well
 */
export function routeName(api: string, routeKey: string, suffix = ""): string {
  return nameOf(api, routeKey, isLikeliest(routeKey), suffix);
}

/**
 * The name of the resource that is the route in API Gateway, which knows a route by its key without the names of variables:
 * a variable that is called something else changes the route, and is no other one beside it.
 */
export function gatewayRouteName(api: string, routeKey: string): string {
  const key = comparable(routeKey).replaceAll("{}", "{id}").replaceAll("{+}", "{rest+}");
  return `${routeName(api, key)}-route`;
}

function nameOf(api: string, routeKey: string, isPlain: boolean, suffix: string): string {
  const room = longest - suffix.length;
  const slug = routeKey
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  const plain = `${api}-${slug}`;
  if (isPlain && plain.length <= room) return plain;
  const hash = createHash("sha256").update(routeKey).digest("hex").slice(0, 6);
  return `${plain.slice(0, room - hash.length - 1).replace(/-$/, "")}-${hash}`;
}

/** Whether a key is the one of those with the same words that has their name: each word can be read in one way only. */
function isLikeliest(routeKey: string): boolean {
  if (routeKey === defaultPath) return true;
  const [, path = ""] = routeKey.split(" ");
  if (path === "/") return true;
  const segments = path.slice(1).split("/");
  return segments.every((segment, index) => {
    const isLast = index === segments.length - 1;
    const [, name, greedy] = /^\{(\w+)(\+?)\}$/.exec(segment) ?? [];
    if (name === undefined) return /^[a-z0-9]+$/.test(segment) && readingOf(segment, isLast) === "literal";
    // `{userId}` is the usual spelling, so that `{userid}` is another one.
    const word = name.toLowerCase();
    const spelling = word.endsWith("id") && word !== "id" && word !== "uuid" ? `${word.slice(0, -2)}Id` : word;
    const reading = greedy === "+" ? "greedy" : "variable";
    return /^[A-Za-z0-9]+$/.test(name) && name === spelling && readingOf(word, isLast) === reading;
  });
}

function readingOf(word: string, isLast: boolean): "literal" | "variable" | "greedy" {
  if (isLast && greedyVariables.has(word)) return "greedy";
  return variables.has(word) || (word.length > 4 && word.endsWith("id")) ? "variable" : "literal";
}

/** A route's name, and the one by which stacks may know it. */
export interface TakenName {
  readonly name: string;
  /**
   * The name that earlier versions of this library gave it, which followed from the order of routes too. Undefined where it is
   * the same, or where another route of the program has that name now; it may become so while the program runs.
   */
  earlier: string | undefined;
}

/** The names of an API's routes. */
export class RouteNames {
  /** By comparable key. */
  private readonly taken = new Map<string, TakenName>();
  private readonly earlier = new Set<string>();

  public constructor(private readonly api: string) {}

  public has(routeKey: string): boolean {
    return this.taken.has(comparable(routeKey));
  }

  public get all(): readonly TakenName[] {
    return [...this.taken.values()];
  }

  /** @param suffix see {@link routeName} */
  public take(routeKey: string, suffix = ""): TakenName {
    const name = routeName(this.api, routeKey, suffix);
    const plain = nameOf(this.api, routeKey, true, suffix);
    const before = this.earlier.has(plain) ? nameOf(this.api, routeKey, false, suffix) : plain;
    this.earlier.add(before);
    const others = [...this.taken.values()];
    // Pulumi refuses an alias that is the name of another resource in the program.
    for (const other of others) if (other.earlier === name) other.earlier = undefined;
    const isFree = before !== name && others.every((other) => other.name !== before);
    const made: TakenName = { name, earlier: isFree ? before : undefined };
    this.taken.set(comparable(routeKey), made);
    return made;
  }
}

/**
 * The alias of a resource that is called after a route. It is known when Pulumi asks for it, which is once the program has run
 * to its end, or to where it waits for something; until then the route may lose its earlier name to another one.
 */
export function earlierAlias(taken: TakenName, suffix = ""): { readonly name: Promise<string> } {
  return { name: Promise.resolve().then(() => (taken.earlier ?? taken.name) + suffix) };
}

import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { permissionsOf } from "../engine/graph/permissions";
import { keptGraph } from "./kept-graph";
import { suggestion } from "./lookup";
import type { RecordedApp } from "./recorded-app";

/** What is used of chai's assertions. */
interface Asserting {
  readonly _obj: unknown;
  assert(
    isTrue: unknown,
    message: string,
    negated: string,
    expected?: unknown,
    actual?: unknown,
    showDiff?: boolean,
  ): void;
}

type Method = (this: Asserting, ...args: string[]) => void;

/**
 * A plugin for chai: `chai.use(tandemChai)` adds `matchGraph`, `allow`, `deny` and `haveComponent` for what `record` returns.
 *
 * @example
 * ```ts
 * expect(app).to.matchGraph("thumbnailer");
 * expect(app).to.allow("onNewVideo", "ecs:RunTask", "ffmpeg").and.to.deny("onNewVideo", "s3:PutObject");
 * ```
 */
export function tandemChai(
  chai: { readonly Assertion: { addMethod(name: string, method: Method): void } },
  utils: { flag(assertion: object, name: string): unknown },
): void {
  const isNegated = (assertion: object): boolean => utils.flag(assertion, "negate") === true;

  chai.Assertion.addMethod("matchGraph", function (name = "") {
    const now = appOf(this, "matchGraph").text;
    const { text = now, file } = keptGraph(name, now, isNegated(this));
    this.assert(
      text === now,
      `expected the program's graph to be as in ${file}; where the change is meant: UPDATE_SNAPSHOTS=1\n\n${hunks(text, now)}`,
      `expected the program's graph to differ from ${file}`,
      text,
      now,
      // The message has it: mocha would cut both texts at 8,192 characters, and compare what is left.
      false,
    );
  });

  chai.Assertion.addMethod("allow", function (handler = "", action = "", resource) {
    const { isWhole, said } = permitted(appOf(this, "allow"), handler, action, resource);
    this.assert(isWhole, `expected ${handler} to be allowed ${said}`, `expected ${handler} not to be allowed ${said}`);
  });

  chai.Assertion.addMethod("deny", function (handler = "", action = "", resource) {
    const { isPartly, said } = permitted(appOf(this, "deny"), handler, action, resource);
    this.assert(!isPartly, `expected ${handler} to be denied ${said}`, `expected ${handler} not to be denied ${said}`);
  });

  chai.Assertion.addMethod("haveComponent", function (type = "", name = "") {
    const app = appOf(this, "haveComponent");
    const full = type.includes(":") ? type : `tandem:index:${type}`;
    const ofType = app.resources.filter((resource) => resource.type === full);
    this.assert(
      ofType.some((resource) => resource.name === name),
      `expected the program to have ${type} ${name}; ${suggestion(name, ofType)}`,
      `expected the program to have no ${type} ${name}`,
    );
  });
}

/** How many lines of a difference a message has at most. */
const mostLines = 400;

/** What is different between two texts, as `diff -u` shows it: `-` is what was kept, `+` what is now. */
function hunks(before: string, now: string): string {
  if (before === now) return "";
  const patch = createTwoFilesPatch("kept", "now", before, now, "", "", {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  });
  const lines = patch.trimEnd().split("\n");
  const left = lines.length - mostLines;
  return [...lines.slice(0, mostLines), ...(left > 0 ? [`… ${left} more lines`] : [])].join("\n");
}

function appOf({ _obj: app }: Asserting, method: string): RecordedApp {
  // Not by its class: two copies of this library in a process add to the same chai.
  const { graph, permissions } = (app ?? {}) as Partial<RecordedApp>;
  if (graph instanceof Map && typeof permissions === "function") return app as RecordedApp;
  throw new TypeError(`${method} is for what record() returns: expect(await record(…)).to.${method}(…)`);
}

/** Whether a handler may do all or some of what wildcards stand for; and what it may do, in words. */
function permitted(
  app: RecordedApp,
  handler: string,
  action: string,
  resource = "*",
): { isWhole: boolean; isPartly: boolean; said: string } {
  const all = permissionsOf(app.graph);
  const own = all.find(({ name }) => name === handler);
  if (own === undefined) {
    const known = all.map(({ name, kind }) => ({ name, type: kind }));
    throw new Error(`no handler or task named ${handler}; ${suggestion(handler, known)}`);
  }
  const matching = (matches: (pattern: string, text: string) => boolean): boolean => {
    const found = own.permissions.filter(
      (permission) =>
        matches(permission.action.toLowerCase(), action.toLowerCase()) &&
        // Without a resource, any will do.
        (resource === "*" || matches(permission.resource, resource)),
    );
    // As IAM decides: what is denied is not allowed, whatever else says so.
    return found.length > 0 && found.every(({ effect }) => effect === "allow");
  };
  const may = [...new Set(own.permissions.map((permission) => `${permission.action} on ${permission.resource}`))];
  return {
    isWhole: matching(covers),
    isPartly: matching((pattern, text) => covers(pattern, text) || covers(text, pattern)),
    said: `${action}${resource === "*" ? "" : ` on ${resource}`}; it may: ${may.join(", ") || "nothing"}`,
  };
}

/** Whether a text with IAM's wildcards stands for another. */
function covers(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return pattern === text || new RegExp(`^${source}$`, "s").test(text);
}

declare global {
  namespace Chai {
    interface Assertion {
      /** The graph is as it was kept, in `__graphs__/<name>.txt` beside the test's file. */
      matchGraph(name: string): Assertion;
      /** A handler, function or task may do something, e.g. `s3:GetObject` on `media/*`. */
      allow(handler: string, action: string, resource?: string): Assertion;
      /** A handler, function or task may not do something. */
      deny(handler: string, action: string, resource?: string): Assertion;
      /** The program has a component or resource, e.g. `Bucket` `media`. */
      haveComponent(type: string, name: string): Assertion;
    }
  }
}

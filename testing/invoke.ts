import { randomUUID } from "node:crypto";
import { authorizationOf, authorizerOf, authorizerRequest, hasIdentity } from "./authorizer-call";
import { routeRequest, responseOf, routesOf, type RouteEvent } from "./route-call";
import { completeEvent } from "./handler-event";
import { evaluatePackage } from "./handler-module";
import { suggestion } from "./lookup";
import type { RecordedApp, RecordedNode } from "./recorded-app";
import { StubbedComponents, withComponents, type Stubs } from "./stubs";
import { withVariables } from "./variables";

const functionType = "tandem:index:Function";

/**
 * Runs a handler of a recorded program; see {@link RecordedApp.invoke}, which loads this where it is used.
 * @public
 */
export async function invokeHandler(app: RecordedApp, name: string, event: unknown, stubs: Stubs): Promise<unknown> {
  const fn = functionOf(app, name);
  const components = new StubbedComponents(app.resources, stubs);
  const { inputs } = fn.child("aws:lambda/function:Function", fn.name);
  const { timeout = 30, code } = inputs;
  const variables = (inputs.environment?.variables ?? {}) as Readonly<Record<string, string>>;
  const api = fn.parent?.type === "tandem:index:Api" ? fn.parent : undefined;
  const run = async (): Promise<unknown> => {
    const { handle, handler } = evaluatePackage(fn.name, code);
    const functionName = String(fn.outputs["name"]);
    const limit = timeout * 1000;
    if (api === undefined) return handle(completeEvent(fn, event), contextOf(functionName, limit));
    const lambda = { awsRequestId: randomUUID(), functionName, getRemainingTimeInMillis: () => limit };
    const authorizer = authorizerOf(api, fn);
    if (authorizer !== undefined) {
      const request = await authorizerRequest(fn.name, event as RouteEvent);
      if (!hasIdentity(authorizer, request)) return false;
      return authorizationOf(await handler(request, lambda));
    }
    // As API Gateway calls it, so that schemas are checked, and errors become responses.
    const routes = routesOf(app, fn);
    const called = routes.find(({ routeKey }) => routeKey === name);
    const request = await routeRequest(fn.name, called === undefined ? routes : [called], event as RouteEvent);
    return responseOf(await handler(request, lambda));
  };
  return withVariables(variables, () =>
    withComponents(components, async () => {
      try {
        return await run();
      } finally {
        // Also where the handler caught it: it is the test that is wrong.
        if (components.unstubbed !== undefined) throwFrom(components.unstubbed);
      }
    }),
  );
}

function throwFrom(error: Error): never {
  throw error;
}

/** The function of a handler, by its name or by a route's key. */
function functionOf(app: RecordedApp, name: string): RecordedNode {
  const functions = app.resources.filter(({ type }) => type === functionType);
  const routes = app.resources.filter(({ type }) => type === "tandem:index:Route");
  const route = routes.find((each) => each.outputs["routeKey"] === name || each.name === name);
  const found = functions.filter(
    (fn) => fn.name === name || (route !== undefined && fn.outputs["name"] === route.outputs["functionName"]),
  );
  const [first] = found;
  if (first === undefined) {
    const keys = routes.map(({ outputs }) => ({ type: "", name: String(outputs["routeKey"]) }));
    throw new Error(`no handler named ${name}; ${suggestion(name, [...functions, ...keys])}`);
  }
  if (found.length > 1) throw new Error(`the program has ${found.length} handlers named ${name}: name them apart`);
  return first;
}

/** What a handler is told of its invocation; `limit` is in milliseconds. */
function contextOf(functionName: string, limit: number): object {
  const deadline = new Date(Date.now() + limit);
  return {
    requestId: randomUUID(),
    functionName,
    deadline,
    remaining: () => Math.max(0, deadline.getTime() - Date.now()),
    signal: new AbortController().signal,
  };
}

import type { Integration } from "@pulumi/aws/apigatewayv2";
import * as pulumi from "@pulumi/pulumi";
import { Function } from "../function/function";
import type { CalledFunctionArgs } from "../function/function.args";
import { checkHandler, isTask, type Handler } from "../function/handler";
import type { Subscription } from "../function/subscription";
import { checkName, checkOneOf, functionName } from "../shared/checks";
import { throwProblems, type Problem } from "../shared/errors";
import { checkCount } from "../shared/limits";
import { grantOf, type Grant } from "../shared/grants";
import { reachingChildren } from "../shared/options";
import { checkPlatform } from "../shared/settings";
import { checkApiArgs, type ApiArgs } from "./api.args";
import { createApi, type CreatedApi } from "./api.aws";
import { createAuthorizers, type RouteAuth } from "./authorizer.aws";
import { checkProxy, proxyRoutes } from "./proxy";
import {
  createIntegration,
  createRoute,
  integrationType,
  Route,
  toAddress,
  toFunction,
  type RouteTarget,
} from "./route.aws";
import { earlierAlias, RouteNames, type TakenName } from "./route-names";
import { checkRouteArgs, type RouteArgs } from "./route.args";
import { checkPath, defaultPath, methods, routeKeyOf, type Method } from "./route-path";
import { compileSchemas } from "./schema";
import { checkStatic, createStaticFiles, staticRoutes, staticSuffix, type StaticArgs } from "./static-files";
import { Connected, SharedFunctions } from "./shared-functions";
import type { ApiRequest } from "./request.runtime";

/** So many routes and integrations fit into an API (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html). */
const mostRoutes = 300;

/** What can be granted on an {@link Api}. */
export type ApiVerb = "invoke";

/** What answers a route's requests: with a Response, a text, a JSON value, or nothing (204). */
export type RouteHandler = Handler<ApiRequest>;

/**
 * Answers HTTP requests.
 *
 * @example
 * ```ts
 * const api = new Api("web");
 * api.get("/hello/{name}", async (request) => ({ hello: request.params.name }));
 * export const url = api.url;
 * ```
 */
export class Api extends pulumi.ComponentResource {
  /** Where it answers, without a slash at the end. */
  public readonly url: pulumi.Output<string>;
  public readonly id: pulumi.Output<string>;
  /** The start of the ARNs of its routes. */
  public readonly arn: pulumi.Output<string>;

  private readonly logicalName: string;
  private readonly args: ApiArgs;
  private readonly created: CreatedApi;
  private readonly auths: ReadonlyMap<string, RouteAuth>;
  private readonly functions = new SharedFunctions();
  private readonly routes: RouteNames;

  /** @throws `ERR_NAME_INVALID`, `ERR_ARGUMENT_…`, `ERR_API_AUTHORIZER`, `ERR_HANDLER_…` */
  public constructor(name: string, args: ApiArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    throwProblems([...checkName("api", name, functionName), ...checkApiArgs(`api "${name}"`, args)]);
    super("tandem:index:Api", name, {}, reachingChildren(opts));
    checkPlatform();
    this.logicalName = name;
    this.args = args;
    this.routes = new RouteNames(name);
    this.created = createApi(name, args, this);
    this.auths = createAuthorizers(name, args, this.created, this);
    this.url = this.created.url;
    this.id = this.created.id;
    this.arn = this.created.executionArn;
    this.registerOutputs({ url: this.url, id: this.id, arn: this.arn });
  }

  /** Answers GET requests; see {@link Api.route}. */
  public get(path: string, handler: RouteHandler, args?: RouteArgs & CalledFunctionArgs): Subscription {
    return this.route("GET", path, handler, args);
  }

  /** Answers POST requests; see {@link Api.route}. */
  public post(path: string, handler: RouteHandler, args?: RouteArgs & CalledFunctionArgs): Subscription {
    return this.route("POST", path, handler, args);
  }

  /** Answers PUT requests; see {@link Api.route}. */
  public put(path: string, handler: RouteHandler, args?: RouteArgs & CalledFunctionArgs): Subscription {
    return this.route("PUT", path, handler, args);
  }

  /** Answers PATCH requests; see {@link Api.route}. */
  public patch(path: string, handler: RouteHandler, args?: RouteArgs & CalledFunctionArgs): Subscription {
    return this.route("PATCH", path, handler, args);
  }

  /** Answers DELETE requests; see {@link Api.route}. */
  public delete(path: string, handler: RouteHandler, args?: RouteArgs & CalledFunctionArgs): Subscription {
    return this.route("DELETE", path, handler, args);
  }

  /** Answers HEAD requests, which no other route does but those for any method; see {@link Api.route}. */
  public head(path: string, handler: RouteHandler, args?: RouteArgs & CalledFunctionArgs): Subscription {
    return this.route("HEAD", path, handler, args);
  }

  /** Answers OPTIONS requests; with `cors`, API Gateway answers those of browsers itself. See {@link Api.route}. */
  public options(path: string, handler: RouteHandler, args?: RouteArgs & CalledFunctionArgs): Subscription {
    return this.route("OPTIONS", path, handler, args);
  }

  /** Answers requests of every method for which the path has no route of its own; see {@link Api.route}. */
  public any(path: string, handler: RouteHandler, args?: RouteArgs & CalledFunctionArgs): Subscription {
    return this.route("ANY", path, handler, args);
  }

  /**
   * Answers requests with what `handler` returns. Routes that are given the same handler share its function.
   * @param method `GET`, `POST`, `PUT`, `PATCH`, `DELETE`, `HEAD`, `OPTIONS`, or `ANY`
   * @param path like `/users/{id}` or `/files/{rest+}`; `$default` for what matches no route
   * @param handler a Task as handler is started, and the request answered 202 with its run's `id`
   * @throws `ERR_ROUTE_…`, `ERR_HANDLER_…`, `ERR_ARGUMENT_…`; when the handler is packaged, `ERR_CAPTURE_…` and `ERR_BUNDLE_…`
   */
  public route(
    method: Method | Lowercase<Method>,
    path: string,
    handler: RouteHandler,
    args: RouteArgs & CalledFunctionArgs = {},
  ): Subscription {
    const upper = String(method).toUpperCase() as Method;
    const whose = `route "${upper} ${path}"`;
    throwProblems([
      ...checkOneOf(whose, "method", upper, methods),
      ...this.checkNew(whose, [[upper, path]]),
      ...checkHandler(whose, handler),
      ...checkRouteArgs(whose, args, Object.keys(this.args.authorizers ?? {})),
    ]);
    const { auth = "none", body, query, ...functionArgs } = args;
    const routeKey = routeKeyOf(upper, path);
    const taken = this.routes.take(routeKey);
    const schemas = { body, query };
    const shared = this.functions.of(handler, schemas, functionArgs, taken, (connected) =>
      this.handlerOf(taken.name, handler, schemas, functionArgs, connected),
    );
    return new Route(taken, shared, this.target(routeKey, auth, shared.integration));
  }

  /**
   * Answers GET and HEAD requests with the files of a folder, which are deployed to a bucket. Files whose name starts
   * with a dot are left out, but `.well-known`.
   * @param path where the folder appears, e.g. `/` or `/docs`
   * @param folder relative to the project
   * @throws `ERR_ROUTE_…`, `ERR_STATIC_FOLDER`, `ERR_ARGUMENT_…`
   */
  public static(path: string, folder: string, args: StaticArgs = {}): Subscription {
    const whose = `static route "${path}"`;
    const served = staticRoutes(path);
    throwProblems([...this.checkNew(whose, served), ...checkStatic(whose, folder, args)]);
    const [first, ...others] = served.map(([method, each]) => routeKeyOf(method, each));
    const taken = this.routes.take(first ?? "", staticSuffix);
    const files = new Connected(taken, () => {
      const fn = createStaticFiles(taken.name + staticSuffix, folder, args, this);
      return {
        function: fn,
        integration: createIntegration(taken.name, this.args, this.created, toFunction(fn), { parent: this }),
      };
    });
    const add = (each: TakenName, routeKey: string): Route =>
      new Route(each, files, this.target(routeKey, "none", files.integration));
    const route = add(taken, first ?? "");
    for (const routeKey of others) add(this.routes.take(routeKey), routeKey);
    return route;
  }

  /**
   * Passes requests of every method on to another address.
   * @param path what stands after it is added to the address: `/legacy/a` on `/legacy` goes to `<url>/a`
   * @throws `ERR_ROUTE_…`
   */
  public proxy(path: string, url: pulumi.Input<string>): void {
    const whose = `proxy route "${path}"`;
    const routes = proxyRoutes(path, url);
    const keys = routes.map(({ path: each }): [Method, string] => ["ANY", each]);
    throwProblems([...this.checkNew(whose, keys), ...checkProxy(whose, url)]);
    for (const { path: each, uri } of routes) {
      const routeKey = routeKeyOf("ANY", each);
      const taken = this.routes.take(routeKey);
      const opts = { parent: this, aliases: [earlierAlias(taken, "-integration")] };
      const integration = createIntegration(taken.name, this.args, this.created, toAddress(uri), opts);
      createRoute(taken, this.target(routeKey, "none", integration));
    }
  }

  /** A permission to pass in another component's `grants`: to call routes whose `auth` is `"iam"`. */
  public can(...verbs: ApiVerb[]): Grant {
    const resources = [pulumi.interpolate`${this.arn}/*`];
    return grantOf(`api "${this.logicalName}"`, { invoke: [{ actions: ["execute-api:Invoke"], resources }] }, verbs);
  }

  private handlerOf(
    name: string,
    handler: RouteHandler,
    schemas: Pick<RouteArgs, "body" | "query">,
    functionArgs: CalledFunctionArgs,
    connected: Connected,
  ) {
    const fn = new Function(
      name,
      handler as Handler<unknown>,
      functionArgs,
      { parent: this, aliases: connected.functionAliases },
      {
        called: true,
        wrapper: "api/api-event#handleRequests",
        adapterOptions: isTask(handler) ? { starts: true } : {},
        generated: compileSchemas(schemas),
      },
    );
    const opts = { parent: this, aliases: connected.aliasesOf("-integration", integrationType, this) };
    return { function: fn, integration: createIntegration(name, this.args, this.created, toFunction(fn), opts) };
  }

  private target(routeKey: string, auth: string, integration: Integration): RouteTarget {
    const known = { parent: this, apiName: this.logicalName, api: this.created, apiArgs: this.args };
    return { ...known, routeKey, auth: this.auths.get(auth) ?? {}, integration };
  }

  /** Checks paths, and that none of these routes is there already. */
  private checkNew(whose: string, added: readonly (readonly [Method, string])[]): Problem[] {
    const problems = added.slice(0, 1).flatMap(([, path]) => checkPath(whose, path));
    if (problems.length > 0) return problems;
    const routes = [...this.routes.all, ...added];
    const tooMany = checkCount(whose, "routes of one API", routes, mostRoutes, "put some of them into another Api");
    if (tooMany.length > 0) return tooMany;
    return added.flatMap(([method, path]): Problem[] => {
      const routeKey = routeKeyOf(method, path);
      if (path === defaultPath && method !== "ANY") {
        return [
          {
            code: "ERR_ROUTE_PATH",
            message: `${whose} is for what matches no route, and so for every method`,
            got: `method = ${method}`,
            fix: 'use any("$default", handler)',
          },
        ];
      }
      if (!this.routes.has(routeKey)) return [];
      return [
        {
          code: "ERR_ROUTE_DUPLICATE",
          message: `${whose}: api "${this.logicalName}" has that route already; what its variables are called makes no difference`,
          got: routeKey,
          fix: "change the path or the method, or answer both in one handler",
        },
      ];
    });
  }
}

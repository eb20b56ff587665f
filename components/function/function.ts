import * as pulumi from "@pulumi/pulumi";
import { runtimeMethod } from "../shared/capabilities";
import { checkName, functionName } from "../shared/checks";
import { variableOf } from "../shared/environment";
import { throwProblems } from "../shared/errors";
import { grantOf, type Grant, type Verbs } from "../shared/grants";
import { reachingChildren } from "../shared/options";
import { checkFunctionArgs, type FunctionArgs } from "./function.args";
import { createFunction, type FunctionWiring } from "./function.aws";
import { checkHandler, type Handler } from "./handler";

/** What can be granted on a {@link Function}. */
export type FunctionVerb = "invoke";

/**
 * Runs a closure when it is called, by itself or from other handlers.
 *
 * @example
 * ```ts
 * const resize = new Function("resize", async (size: { width: number }) => ({ area: size.width ** 2 }));
 * bucket.onPut("onPhoto", async () => console.log(await resize.invoke({ width: 3 })));
 * ```
 */
export class Function<Payload = unknown, Result = unknown> extends pulumi.ComponentResource {
  /** The deployed function's name. */
  public readonly name: pulumi.Output<string>;
  public readonly arn: pulumi.Output<string>;
  /**
   * Calls the function and waits for what it returns; works inside handlers.
   * @throws what the function threw, by name and message
   */
  public readonly invoke: (payload: Payload) => Promise<Result>;

  private readonly verbs: Verbs<FunctionVerb>;

  /**
   * @param wiring how an event reaches the handler; for the library's own subscriptions
   * @throws `ERR_NAME_INVALID`, `ERR_HANDLER_…`, `ERR_ARGUMENT_…`; when the handler is packaged, `ERR_CAPTURE_…` and
   * `ERR_BUNDLE_…`
   */
  public constructor(
    name: string,
    handler: Handler<Payload, Result>,
    args: FunctionArgs = {},
    opts?: pulumi.ComponentResourceOptions,
    wiring: FunctionWiring = {},
  ) {
    throwProblems([
      ...checkName("function", name, functionName),
      ...checkHandler(`function "${name}"`, handler),
      ...checkFunctionArgs(`function "${name}"`, args),
    ]);
    super("tandem:index:Function", name, {}, reachingChildren(opts));
    const created = createFunction(name, handler, args, wiring, this);
    this.name = created.name;
    this.arn = created.arn;
    this.verbs = { invoke: [{ actions: ["lambda:InvokeFunction"], resources: [this.arn] }] };
    const variable = variableOf("FUNCTION", name);
    this.invoke = runtimeMethod(
      { module: "function", method: "invoke", place: variable },
      { component: name, verb: "invoke", statements: this.verbs.invoke, environment: { [variable]: this.name } },
    );
    this.registerOutputs({ name: this.name, arn: this.arn });
  }

  /** A permission to pass in another component's `grants`. */
  public can(...verbs: FunctionVerb[]): Grant {
    return grantOf("a function", this.verbs, verbs);
  }
}

export { Function, type FunctionVerb } from "./function";
export type { CalledFunctionArgs, FunctionArgs, FunctionChildren } from "./function.args";
export type { Closure, Handler, HandlerContext } from "./handler";

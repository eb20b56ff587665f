export { Function, type FunctionVerb } from "./function";
export type { FunctionArgs, FunctionChildren } from "./function.args";
export type { Closure, Handler, HandlerContext } from "./handler";

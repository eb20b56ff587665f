import type { HandlerContext } from "../../../components";
import { greet } from "./captured";

export async function handler(event: { name: string }, context: HandlerContext): Promise<object> {
  return { text: greet(event.name), function: context.functionName };
}

export const notAFunction = 1;

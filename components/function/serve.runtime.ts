/** The parts of Lambda's context object that are used (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html). */
interface LambdaContext {
  readonly awsRequestId: string;
  readonly functionName: string;
  getRemainingTimeInMillis(): number;
}

/** How long before the deadline a handler's signal aborts, in milliseconds: time to clean up. */
const notice = 500;

/**
 * Makes a handler of the library one that Lambda calls.
 * @param adapt turns Lambda's event into the handler's; without it the handler gets the event as it came
 */
export function serve(
  handle: (event: unknown, context: object) => unknown,
  adapt?: (event: unknown) => unknown,
): (event: unknown, lambda: LambdaContext) => Promise<unknown> {
  if (typeof handle !== "function") throw new TypeError("the handler that its file exports is no function");
  return async (event, lambda) => {
    const remaining = (): number => lambda.getRemainingTimeInMillis();
    const abort = new AbortController();
    const left = remaining();
    const timer = setTimeout(
      () => abort.abort(new Error(`${lambda.functionName} is about to reach its timeout`)),
      Math.max(left - notice, left * 0.8),
    );
    timer.unref();
    try {
      return await handle(adapt === undefined ? event : adapt(event), {
        requestId: lambda.awsRequestId,
        functionName: lambda.functionName,
        deadline: new Date(Date.now() + left),
        remaining,
        signal: abort.signal,
      });
    } finally {
      clearTimeout(timer);
    }
  };
}

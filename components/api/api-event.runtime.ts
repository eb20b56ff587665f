import { isHttpError } from "./http-error.runtime";
import { bodyOf, toPlainRequest, toRequest, type ApiRequest, type ProxyEvent } from "./request.runtime";
import { jsonResult, toResult, type ProxyResult } from "./response.runtime";

/** A check that was compiled from a JSON schema while deploying; it leaves what it found in `errors`. */
interface Validate {
  (value: unknown): boolean;
  errors?: readonly { readonly instancePath: string; readonly message?: string; readonly params?: object }[] | null;
}

/** What is compiled from a route's schemas. */
interface Validators {
  readonly body?: Validate;
  readonly query?: Validate;
}

/** What is wrong with a request, as the caller is told. */
interface Problem {
  readonly in: "body" | "query";
  /** The place in it, e.g. `/camera/width`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

interface WrapperOptions {
  /** The handler starts a container, and is answered for at once. */
  readonly starts?: boolean;
}

type Handle = (request: ApiRequest | object, context: object) => unknown;

/** Calls a route's handler with a request, and makes its answer one of API Gateway's. */
export function handleRequests(
  handle: Handle,
  options: WrapperOptions,
  validators: Validators = {},
): (event: unknown, context: object) => Promise<ProxyResult> {
  return async (event, context) => {
    const proxied = event as ProxyEvent;
    try {
      const problems = [...checkQuery(validators.query, proxied), ...checkBody(validators.body, proxied)];
      if (problems.length > 0) return jsonResult(400, { message: "the request is not valid", problems });
      if (options.starts === true) return jsonResult(202, await handle(toPlainRequest(proxied), context));
      return await toResult(await handle(toRequest(proxied), context));
    } catch (error) {
      // Anything else is the function's failure: logged, counted, and a 500 without details.
      if (isHttpError(error)) return jsonResult(error.status, { message: error.message }, error.headers);
      throw error;
    }
  };
}

function checkQuery(validate: Validate | undefined, { rawQueryString }: ProxyEvent): Problem[] {
  if (validate === undefined) return [];
  const query: Record<string, string | string[]> = {};
  const params = new URLSearchParams(rawQueryString);
  for (const name of new Set(params.keys())) {
    const values = params.getAll(name);
    query[name] = values.length === 1 ? (values[0] ?? "") : values;
  }
  return problemsOf("query", validate, query);
}

function checkBody(validate: Validate | undefined, event: ProxyEvent): Problem[] {
  if (validate === undefined) return [];
  const bytes = bodyOf(event);
  if (bytes === undefined || bytes.length === 0) return [{ in: "body", path: "", message: "is missing: send JSON" }];
  let body: unknown;
  try {
    body = JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [{ in: "body", path: "", message: `is no JSON: ${reason}` }];
  }
  return problemsOf("body", validate, body);
}

function problemsOf(where: Problem["in"], validate: Validate, value: unknown): Problem[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message = "is not valid", params }) => {
    // Without the name, nobody could tell which property is not wanted.
    const extra = (params as { additionalProperty?: string } | undefined)?.additionalProperty;
    return { in: where, path: instancePath, message: extra === undefined ? message : `${message}: ${extra}` };
  });
}

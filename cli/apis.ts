import type { RunningResource } from "./running";

/** An HTTP API of a running program, and its address. */
export interface RunningApi {
  readonly name: string;
  readonly id: string;
  readonly url: string;
}

/** The APIs that run: those that this machine does not serve have an address of AWS. */
export function apisOf(resources: Iterable<Pick<RunningResource, "type" | "name" | "id" | "outputs">>): RunningApi[] {
  return [...resources]
    .filter(({ type }) => type === "aws:apigatewayv2/api:Api")
    .map(({ name, id, outputs }) => ({ name, id, url: String(outputs["apiEndpoint"]) }))
    .filter(({ url }) => url.startsWith("http://127.0.0.1:"));
}

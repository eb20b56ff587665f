import { get, type IncomingMessage } from "node:http";
import type { EngineAddress } from "../engine/stack-folder";

/**
 * Asks a running engine for something besides AWS's protocols (`engine/control.ts`). The answer may be silent for as long
 * as nothing happens: there is no time-out, which `fetch` has after five minutes.
 */
export async function controlRequest(
  address: EngineAddress,
  path: string,
  signal?: AbortSignal,
): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = get(
      {
        host: "127.0.0.1",
        port: address.port,
        path,
        // A connection of its own, which ends with the answer.
        agent: false,
        headers: { authorization: `Bearer ${address.secretAccessKey}` },
        ...(signal === undefined ? {} : { signal }),
      },
      resolve,
    );
    request.once("error", reject);
  });
  if (response.statusCode === 200) return response;
  response.resume();
  throw new Error(`the engine answered ${response.statusCode}`);
}

/** The objects of an answer that has one a line, as they come. */
export async function* readLines<T>(response: IncomingMessage): AsyncIterable<T> {
  let rest = "";
  response.setEncoding("utf8");
  for await (const chunk of response as AsyncIterable<string>) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line) as T;
  }
}

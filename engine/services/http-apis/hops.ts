import { Refusal } from "./gateway-answer";
import type { GatewayRequest } from "./gateway-request";

/** Counts the APIs of this machine that a request has come through: one that is proxied to itself would go on for ever. */
export const hopsHeader = "x-tandem-hops";

const mostHops = 10;

/** The value of {@link hopsHeader} for what is sent on. @throws Refusal where a request goes in circles. */
export function nextHop(request: GatewayRequest): string {
  const hops = Number(request.message.headers[hopsHeader] ?? 0);
  if (hops >= mostHops) throw new Refusal(500, `the request came through ${mostHops} APIs: it goes in circles`);
  return String(hops + 1);
}

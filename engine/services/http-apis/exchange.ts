import type { Account } from "../account";
import type { Clock } from "../clock";
import type { ApiDefinition, StageDefinition } from "./api-definition";
import type { GatewayRequest } from "./gateway-request";
import type { RouteMatch } from "./route-table";

/** What an authorizer found out of who sends a request. */
export type Authorization =
  | { readonly kind: "none" }
  | {
      readonly kind: "jwt";
      readonly claims: Readonly<Record<string, string>>;
      /** The token's scopes; null where the route asks for none. */
      readonly scopes: readonly string[] | null;
    }
  | {
      readonly kind: "lambda";
      readonly principalId: string | undefined;
      readonly context: Readonly<Record<string, unknown>> | null;
    }
  | { readonly kind: "iam"; readonly accessKey: string; readonly userArn: string };

/** What an integration answered, for the access log. */
interface IntegrationOutcome {
  /** The function's own status, 200 where it ran, or the proxied server's. */
  status?: number;
  /** Milliseconds. */
  latency?: number;
  error?: string;
  requestId?: string;
}

/** A request on its way through the gateway, with what is known of it so far. */
export class Exchange {
  public stage: StageDefinition | undefined;
  public match: RouteMatch | undefined;
  public authorization: Authorization = { kind: "none" };
  public authorizerError: string | undefined;
  public readonly integration: IntegrationOutcome = {};
  /** What API Gateway refused it for. */
  public refusal: string | undefined;

  public constructor(
    public readonly api: ApiDefinition,
    public readonly request: GatewayRequest,
    public readonly account: Account,
    public readonly clock: Clock,
  ) {}

  public get routeKey(): string {
    return this.match?.route.key ?? "";
  }

  public get stageName(): string {
    return this.stage?.name ?? "$default";
  }

  /** `arn:aws:execute-api:us-east-1:000000000000:a1b2c3d4e5/$default/GET/users/7` */
  public get routeArn(): string {
    const { partition, region, id } = this.account;
    const { method, path } = this.request;
    const prefix = this.stageName === "$default" ? "" : `/${this.stageName}`;
    const resource = prefix !== "" && path.startsWith(prefix) ? path.slice(prefix.length) : path;
    return `arn:${partition}:execute-api:${region}:${id}:${this.api.id}/${this.stageName}/${method}${resource}`;
  }

  /** Runs what an integration does, and notes how long it took. */
  public async timed<T>(work: () => Promise<T>): Promise<T> {
    const started = this.clock.now();
    try {
      return await work();
    } finally {
      this.integration.latency = this.clock.now() - started;
    }
  }
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
let last = { second: -1, text: "" };

/** A time as in `12/Mar/2020:19:03:58 +0000`. */
export function commonLogTime(milliseconds: number): string {
  const second = Math.floor(milliseconds / 1000);
  if (last.second === second) return last.text;
  const date = new Date(milliseconds);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${two(date.getUTCDate())}/${months[date.getUTCMonth()] ?? ""}/${date.getUTCFullYear()}`;
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  last = { second, text: `${day}:${time} +0000` };
  return last.text;
}

import type { Clock } from "../../clock";
import type { LambdaAuthorizerDefinition } from "../api-definition";
import type { Authorization, Exchange } from "../exchange";
import { functionOf, invoke, type FunctionInvoker } from "../function-integration";
import { Refusal } from "../gateway-answer";
import { authorizerEvent } from "../request-events";
import { identityValues } from "./identity-sources";
import { allows } from "./invoke-policy";

/** What an authorizer's function answered. */
interface Verdict {
  readonly isAllowed: (routeArn: string) => boolean;
  readonly authorization: Authorization;
}

/** How many answers are kept at most: the oldest goes first. */
const mostKept = 1000;

/**
 * Lets through whom a function lets through
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html).
 */
export class LambdaAuthorizer {
  private readonly kept = new Map<string, { readonly verdict: Verdict; readonly until: number }>();

  public constructor(
    public readonly definition: LambdaAuthorizerDefinition,
    private readonly functions: FunctionInvoker,
    private readonly clock: Clock,
  ) {}

  /** @throws Refusal 401 without the identity, 403 where the function says no, 500 where it fails */
  public async authorize(exchange: Exchange): Promise<Authorization> {
    const { identitySources, cacheSeconds } = this.definition;
    const values = identityValues(identitySources, exchange);
    if (values === undefined) throw new Refusal(401, `${identitySources.join(" or ")} is missing`);
    const key = identitySources.length > 0 && cacheSeconds > 0 ? JSON.stringify(values) : undefined;
    const verdict = this.recall(key) ?? (await this.ask(exchange, values));
    this.keep(key, verdict);
    if (!verdict.isAllowed(exchange.routeArn)) throw new Refusal(403, "the authorizer said no");
    return verdict.authorization;
  }

  private recall(key: string | undefined): Verdict | undefined {
    const known = key === undefined ? undefined : this.kept.get(key);
    return known !== undefined && known.until > this.clock.now() ? known.verdict : undefined;
  }

  private keep(key: string | undefined, verdict: Verdict): void {
    if (key === undefined || this.recall(key) === verdict) return;
    this.kept.delete(key);
    this.kept.set(key, { verdict, until: this.clock.now() + this.definition.cacheSeconds * 1000 });
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= mostKept) break;
      this.kept.delete(oldest);
    }
  }

  private async ask(exchange: Exchange, identity: readonly string[]): Promise<Verdict> {
    const { uri, payloadFormat, name, hasSimpleResponses } = this.definition;
    const event = Buffer.from(JSON.stringify(authorizerEvent(exchange, payloadFormat, identity)));
    const functionArn = functionOf(uri, exchange.stage?.variables ?? {});
    const result = await invoke(this.functions, functionArn, event);
    const answer = JSON.parse(result.payload.toString("utf8")) as unknown;
    const fields = typeof answer === "object" && answer !== null ? (answer as Record<string, unknown>) : {};
    if (result.status !== "succeeded") {
      if (fields["errorMessage"] === "Unauthorized") throw new Refusal(401, "the authorizer said Unauthorized");
      throw new Refusal(500, `authorizer ${name} failed: ${String(fields["errorMessage"])}`);
    }
    const context = contextOf(fields["context"]);
    if (hasSimpleResponses && payloadFormat === "2.0") {
      const { isAuthorized } = fields;
      if (typeof isAuthorized !== "boolean")
        throw new Refusal(500, `authorizer ${name} must return { isAuthorized: boolean }`);
      return { isAllowed: () => isAuthorized, authorization: { kind: "lambda", principalId: undefined, context } };
    }
    const { principalId, policyDocument } = fields;
    if (typeof policyDocument !== "object" || policyDocument === null || typeof principalId !== "string")
      throw new Refusal(500, `authorizer ${name} must return a principalId and a policyDocument`);
    return {
      isAllowed: (routeArn) => allows(policyDocument as Record<string, unknown>, routeArn),
      authorization: { kind: "lambda", principalId, context },
    };
  }
}

function contextOf(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

import { errors, jwtVerify, type JWTPayload } from "jose";
import type { Clock } from "../../clock";
import type { JwtAuthorizerDefinition } from "../api-definition";
import type { Authorization, Exchange } from "../exchange";
import { Refusal } from "../gateway-answer";
import { identityValues } from "./identity-sources";
import { IssuerKeys, IssuerUnreachable } from "./issuer-keys";

// "Currently, only RSA-based algorithms are supported."
const algorithms = ["RS256", "RS384", "RS512"];

/**
 * Lets through who brings a token of an issuer
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html).
 */
export class JwtAuthorizer {
  private readonly keys: IssuerKeys;

  public constructor(
    public readonly definition: JwtAuthorizerDefinition,
    private readonly clock: Clock,
  ) {
    this.keys = new IssuerKeys(definition.issuer, clock);
  }

  /** @throws Refusal 401 for a token that does not hold, 403 for one without any of the route's scopes */
  public async authorize(exchange: Exchange): Promise<Authorization> {
    const scopes = exchange.match?.route.scopes ?? [];
    const [value] = identityValues(this.definition.identitySources, exchange) ?? [];
    if (value === undefined) throw new Refusal(401, "there is no token", { "www-authenticate": "Bearer" });
    const refuse = (status: 401 | 403, error: string, description: string): Refusal =>
      new Refusal(status, description, {
        "www-authenticate": `Bearer scope="${scopes.join(" ")}" error="${error}" error_description="${description}"`,
      });
    let payload: JWTPayload;
    try {
      payload = await this.verify(value.replace(/^Bearer\s+/i, ""));
    } catch (error) {
      if (error instanceof IssuerUnreachable) {
        throw new Refusal(401, `JWT authorizer ${this.definition.name}: ${error.message}`, {
          "www-authenticate": `Bearer scope="${scopes.join(" ")}" error="invalid_token" error_description="OIDC discovery endpoint communication error"`,
        });
      }
      throw refuse(401, "invalid_token", describe(error));
    }
    const held = scopesOf(payload);
    if (scopes.length > 0 && !scopes.some((scope) => held.includes(scope))) {
      throw refuse(403, "insufficient_scope", "the token does not have a valid scope");
    }
    return { kind: "jwt", claims: claimTexts(payload), scopes: scopes.length > 0 ? held : null };
  }

  private async verify(token: string): Promise<JWTPayload> {
    const { issuer, audiences } = this.definition;
    const now = this.clock.now();
    const { payload } = await jwtVerify(token, this.keys.find, {
      algorithms,
      issuer,
      currentDate: new Date(now),
      requiredClaims: ["exp"],
    });
    if (payload.iat !== undefined && payload.iat > now / 1000)
      throw new InvalidClaim("the token was issued in the future");
    // Access tokens of Cognito have no audience; their client stands for it.
    const audience = payload.aud ?? payload["client_id"];
    const given = Array.isArray(audience) ? audience : [audience];
    if (audiences.length > 0 && !given.some((each) => audiences.includes(String(each))))
      throw new InvalidClaim("the token does not have a valid audience");
    return payload;
  }
}

/** A claim that does not hold, in the words of the answer's header. */
class InvalidClaim extends Error {}

function describe(error: unknown): string {
  if (error instanceof InvalidClaim) return error.message;
  if (error instanceof errors.JWTExpired) return "the token has expired";
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "iss") return "the token does not have a valid issuer";
    if (error.claim === "nbf") return "the token is not valid yet";
    return `the token does not have a valid ${error.claim}`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return "the signing method is invalid";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "the token has an invalid signature";
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return "the token's key is not known";
  return "the token is malformed";
}

function scopesOf(payload: JWTPayload): string[] {
  const scopes = payload["scope"] ?? payload["scp"];
  if (Array.isArray(scopes)) return scopes.map(String);
  return typeof scopes === "string" ? scopes.split(" ").filter((scope) => scope !== "") : [];
}

/** Claims as handlers get them: all are texts, a list in square brackets. */
function claimTexts(payload: JWTPayload): Record<string, string> {
  return Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, claimText(value)]));
}

function claimText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(claimText).join(" ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return `map[${Object.entries(value)
    .map(([name, each]) => `${name}:${claimText(each)}`)
    .join(" ")}]`;
}

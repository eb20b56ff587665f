import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import type { Clock } from "../../clock";

/** An issuer whose keys cannot be had; the message names the address. */
export class IssuerUnreachable extends Error {}

// Milliseconds. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html: API Gateway
// keeps a public key for two hours.
const keptFor = 2 * 60 * 60_000;
/** How long a token with a key that nobody knows does not lead to another question. */
const coolDown = 30_000;
const answerLimit = 5_000;

interface Fetched {
  readonly find: JWTVerifyGetKey;
  readonly at: number;
}

/** The public keys of an issuer, found as OpenID Connect Discovery says, kept for two hours. */
export class IssuerKeys {
  private fetched: Fetched | undefined;
  private fetching: Promise<Fetched> | undefined;

  public constructor(
    private readonly issuer: string,
    private readonly clock: Clock,
  ) {}

  /** Finds the key of a token; one that is not known yet is asked for, if the issuer was not asked just now. */
  public readonly find: JWTVerifyGetKey = async (header, token) => {
    const fetched = await this.current();
    try {
      return await fetched.find(header, token);
    } catch (error) {
      const isKnown = !(error instanceof errors.JWKSNoMatchingKey);
      if (isKnown || this.clock.now() - fetched.at < coolDown) throw error;
      return (await this.fetch()).find(header, token);
    }
  };

  private async current(): Promise<Fetched> {
    const { fetched } = this;
    return fetched !== undefined && this.clock.now() - fetched.at < keptFor ? fetched : this.fetch();
  }

  private fetch(): Promise<Fetched> {
    this.fetching ??= this.load().finally(() => (this.fetching = undefined));
    return this.fetching;
  }

  private async load(): Promise<Fetched> {
    const discovery = `${this.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const address = (await this.read(discovery))["jwks_uri"];
    if (typeof address !== "string") throw new IssuerUnreachable(`${discovery} names no jwks_uri`);
    const keys = await this.read(address);
    if (!Array.isArray(keys["keys"])) throw new IssuerUnreachable(`${address} is not a set of keys`);
    const find = createLocalJWKSet(keys as unknown as JSONWebKeySet);
    this.fetched = { find, at: this.clock.now() };
    return this.fetched;
  }

  private async read(address: string): Promise<Record<string, unknown>> {
    const abort = new AbortController();
    const timer = this.clock.after(answerLimit, () => abort.abort(new Error(`no answer within ${answerLimit} ms`)));
    try {
      const response = await fetch(address, { signal: abort.signal, headers: { accept: "application/json" } });
      if (!response.ok) throw new Error(`it answered ${response.status}`);
      const document = (await response.json()) as unknown;
      if (typeof document !== "object" || document === null) throw new Error("it did not answer with a JSON object");
      return document as Record<string, unknown>;
    } catch (error) {
      throw new IssuerUnreachable(`${address} cannot be read: ${reasonOf(error)}`);
    } finally {
      timer.cancel();
    }
  }
}

/** `fetch` says only "fetch failed", and why in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

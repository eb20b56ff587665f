import { randomBytes } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";

import { developerArn, type Account } from "../account";
import type { Caller } from "../protocol/message";

/** An access key, as a handler's environment or the command line's carries it. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Who a key belongs to, and the secret its signatures are checked with. */
export interface KeyHolder {
  readonly caller: Caller;
  readonly secret: string;
}

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/**
 * Knows one access key for each role, and one for the developer. They are kept in the stack's database, so a process
 * that outlives a restart of the engine, or a shell with exported keys, goes on working.
 */
export class Identity {
  private readonly holders = new Map<string, KeyHolder>();
  private regions: ReadonlySet<string> = new Set();
  private readonly find: StatementSync;
  private readonly insert: StatementSync;

  public constructor(
    database: DatabaseSync,
    private readonly account: Account,
  ) {
    database.exec(`CREATE TABLE IF NOT EXISTS identity_keys (
      arn TEXT PRIMARY KEY, access_key_id TEXT NOT NULL UNIQUE, secret TEXT NOT NULL) STRICT`);
    this.find = database.prepare("SELECT access_key_id, secret FROM identity_keys WHERE arn = ?");
    this.insert = database.prepare("INSERT INTO identity_keys (arn, access_key_id, secret) VALUES (?, ?, ?)");
    for (const row of database.prepare("SELECT arn, access_key_id, secret FROM identity_keys").all()) {
      this.remember(String(row.arn), String(row.access_key_id), String(row.secret));
    }
  }

  /** The key of the role or user `principal` (an ARN), made on first use. */
  public credentialsFor(principal: string): Credentials {
    const row = this.find.get(principal);
    if (row) return { accessKeyId: String(row.access_key_id), secretAccessKey: String(row.secret) };
    const created = { accessKeyId: newAccessKeyId(), secretAccessKey: randomBytes(30).toString("base64") };
    this.insert.run(principal, created.accessKeyId, created.secretAccessKey);
    this.remember(principal, created.accessKeyId, created.secretAccessKey);
    return created;
  }

  /** The key of the person at this machine, who may do everything: `arn:aws:iam::<account>:user/developer`. */
  public developer(): Credentials {
    return this.credentialsFor(developerArn(this.account));
  }

  /** The region that all is in but what a program has put into others. */
  public get region(): string {
    return this.account.region;
  }

  /** Whether requests to a service may be signed for `region`. STS answers under one name for all regions, too. */
  public isRegion(region: string, service: string): boolean {
    if (service === "sts" && region === "us-east-1") return true;
    return region === this.account.region || this.regions.has(region);
  }

  /** Takes requests that are signed for further regions: those that the providers and resources of a program name. */
  public acceptRegions(regions: Iterable<string>): void {
    this.regions = new Set(regions);
  }

  /** Whose key this is; undefined for a key that is not of this stack. */
  public callerOf(accessKeyId: string): KeyHolder | undefined {
    return this.holders.get(accessKeyId);
  }

  private remember(principal: string, accessKeyId: string, secret: string): void {
    this.holders.set(accessKeyId, { caller: { arn: principal, accessKeyId }, secret });
  }
}

/** `AKIA` and 16 characters of base 32, the form that SDKs and secret scanners expect. */
function newAccessKeyId(): string {
  return "AKIA" + Array.from(randomBytes(16), (byte) => base32[byte & 31]).join("");
}

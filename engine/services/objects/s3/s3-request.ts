import { uriDecode } from "../../identity/canonical-request";
import { AwsError, type AwsRequest } from "../../protocol/message";
import { checkKey } from "../key-path";
import { invalidArgument } from "../s3-errors";
import { XmlNode } from "./xml";

/** What a request is about: all buckets, one bucket, or one key. */
export type Level = "service" | "bucket" | "object";

/** A request to S3, with the bucket and key taken from wherever it names them. */
export class S3Request {
  public readonly bucket: string;
  /** Decoded; empty for a request that is not about a key. */
  public readonly key: string;
  public readonly level: Level;
  /** The body, for operations whose body is a document; it is verified. */
  public document = "";

  public constructor(public readonly aws: AwsRequest) {
    const hostBucket = bucketOfHost(aws.headers.host);
    const path = aws.rawPath.slice(1);
    const slash = path.indexOf("/");
    const [first, rest] = slash < 0 ? [path, ""] : [path.slice(0, slash), path.slice(slash + 1)];
    this.bucket = hostBucket ?? uriDecode(first);
    this.key = uriDecode(hostBucket === undefined ? rest : path);
    this.level = this.bucket === "" ? "service" : this.key === "" ? "bucket" : "object";
    if (this.key !== "") checkKey(this.key);
    if (this.bucket === "" && this.key !== "") throw new AwsError("InvalidURI", "Couldn't parse the specified URI.");
  }

  /** The root element of the document that the request carries; throws MalformedXML. */
  public parse(root: string): XmlNode {
    return XmlNode.parse(this.document, root);
  }

  /** A header; those of AWS may stand in the query of a presigned address instead. */
  public header(name: string): string | undefined {
    const value = this.aws.headers[name];
    if (value !== undefined) return Array.isArray(value) ? value.join(",") : value;
    return this.hoisted().get(name);
  }

  /** Every header whose name starts with `prefix`, by the rest of its name. */
  public headersFrom(prefix: string): Record<string, string> {
    const found: Record<string, string> = {};
    for (const [name, text] of this.hoisted()) if (name.startsWith(prefix)) found[name.slice(prefix.length)] = text;
    for (const name of Object.keys(this.aws.headers)) {
      if (name.startsWith(prefix)) found[name.slice(prefix.length)] = this.header(name) ?? "";
    }
    return found;
  }

  /**
   * The headers that a presigned address carries. Without its signature, which covers the query, they mean nothing. Nor
   * do checksums: S3 ignores those of an address, and SDKs put that of an empty body there
   * (https://github.com/localstack/localstack/issues/12169).
   */
  private hoisted(): Map<string, string> {
    const { query } = this.aws;
    if (!query.has("X-Amz-Signature")) return new Map();
    const lower = [...query].map(([name, text]): [string, string] => [name.toLowerCase(), text]);
    return new Map(lower.filter(([name]) => name.startsWith("x-amz-") && !isOfBody(name)));
  }

  public parameter(name: string): string | undefined {
    return this.aws.query.get(name) ?? undefined;
  }

  /** A parameter that is a number from `least` to `most`; throws InvalidArgument for anything else. */
  public numberParameter(name: string, least: number, most: number): number | undefined {
    const text = this.parameter(name);
    if (text === undefined || text === "") return undefined;
    const number = Number(text);
    if (/^\d{1,10}$/.test(text) && number >= least && number <= most) return number;
    throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
  }

  /** The version that is asked for; undefined for the current one. */
  public get versionId(): string | undefined {
    const versionId = this.parameter("versionId");
    if (versionId === undefined) return undefined;
    if (versionId === "") throw invalidArgument("Version id cannot be the empty string", "versionId", versionId);
    return checkedVersionId(versionId, "versionId");
  }
}

/** Whether a header is the checksum of one body, or says which it is. */
function isOfBody(name: string): boolean {
  return /^x-amz-(checksum-(crc|sha)|sdk-checksum)/.test(name);
}

/** The bucket that a host names in front of ours: `media.localhost`, `media.s3.localhost`, `media.s3.us-east-1.localhost`. */
function bucketOfHost(host: string | undefined): string | undefined {
  const name = (host ?? "").replace(/:\d+$/, "").toLowerCase();
  if (!name.endsWith(".localhost")) return undefined;
  const bucket = name.slice(0, -".localhost".length).replace(/(^|\.)s3([.-][a-z0-9-]+)?$/, "");
  return bucket === "" ? undefined : bucket;
}

/** `versionId`, if it has the form of one: `null`, or 32 characters. */
export function checkedVersionId(versionId: string, parameter: string): string {
  if (versionId === "null" || /^[\w.~-]{32}$/.test(versionId)) return versionId;
  throw invalidArgument("Invalid version id specified", parameter, versionId);
}

import { AwsError } from "../../protocol/message";
import { queryPairs } from "../../identity/canonical-request";
import type { Permission } from "../../protocol/operation";
import { malformedXml } from "../s3-errors";
import { objectArn, type S3Context } from "./s3-operation";
import type { S3Request } from "./s3-request";
import type { XmlElement, XmlNode } from "./xml";

/** Tags by their keys. */
export type Tags = Readonly<Record<string, string>>;

const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** The content of a `Tagging` document. */
export function tagElements(tags: Tags): XmlElement {
  const Tag = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return { TagSet: { Tag } };
}

/** Reads a `Tagging` document; throws for what S3 refuses (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Tag.html). */
export function readTags(document: XmlNode, most: number): Tags {
  const [set] = document.children("TagSet");
  if (set === undefined) throw malformedXml();
  const pairs = set.children("Tag").map((tag): [string, string] => {
    const [key, value] = [tag.text("Key"), tag.text("Value")];
    if (key === undefined || value === undefined) throw malformedXml();
    return [key, value];
  });
  return checkedTags(pairs, most);
}

/** Reads the tags of `x-amz-tagging`, which are written as a query. */
function readTagHeader(header: string): Tags {
  try {
    return checkedTags(queryPairs(header), 10);
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== "InvalidURI") throw error;
    const details = { ArgumentName: "x-amz-tagging", ArgumentValue: header };
    const message =
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.";
    throw new AwsError("InvalidArgument", message, 400, details);
  }
}

/** The tags that a request gives its new object. */
export function tagsToKeep(request: S3Request): Tags | undefined {
  const header = request.header("x-amz-tagging");
  return header === undefined || header === "" ? undefined : readTagHeader(header);
}

/** What a request needs that makes an object; tags are a permission of their own. */
export function putPermissions(request: S3Request, context: S3Context): readonly Permission[] {
  const resource = objectArn(context, request.bucket, request.key);
  const tagging = request.header("x-amz-tagging") === undefined ? [] : [{ action: "s3:PutObjectTagging", resource }];
  return [{ action: "s3:PutObject", resource }, ...tagging];
}

function checkedTags(pairs: readonly (readonly [string, string])[], most: number): Tags {
  if (pairs.length > most) {
    const what = most === 10 ? "Object tags" : "Bucket tag count";
    throw new AwsError("BadRequest", `${what} cannot be greater than ${most}`, 400);
  }
  const tags: Record<string, string> = {};
  for (const [key, value] of pairs) {
    if (key === "" || key.length > 128 || !allowed.test(key)) {
      throw new AwsError("InvalidTag", "The TagKey you have provided is invalid", 400, { TagKey: key });
    }
    if (value.length > 256 || !allowed.test(value)) {
      const details = { TagKey: key, TagValue: value };
      throw new AwsError("InvalidTag", "The TagValue you have provided is invalid", 400, details);
    }
    if (key.startsWith("aws:")) {
      const message = "System tags cannot be added/updated by requester";
      throw new AwsError("InvalidTag", message, 400, { TagKey: key });
    }
    if (Object.hasOwn(tags, key)) {
      throw new AwsError("InvalidTag", "Cannot provide multiple Tags with the same key", 400, { TagKey: key });
    }
    tags[key] = value;
  }
  return tags;
}

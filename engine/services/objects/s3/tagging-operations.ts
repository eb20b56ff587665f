import { AwsError } from "../../protocol/message";
import type { StoredObject } from "../object-record";
import type { ObjectStore } from "../object-store";
import { versionHeader } from "./object-headers";
import { findForReading } from "./read-operations";
import { objectArn, type S3Context, type S3Operation } from "./s3-operation";
import type { S3Request } from "./s3-request";
import { readTags, tagElements } from "./tag-set";
import { xmlResponse } from "./xml-answers";

/** The most tags that an object may have. */
const mostTags = 10;

function permissions(verb: "Get" | "Put" | "Delete") {
  return (request: S3Request, context: S3Context) => {
    const action = `s3:${verb}Object${request.versionId === undefined ? "" : "Version"}Tagging`;
    return [{ action, resource: objectArn(context, request.bucket, request.key) }];
  };
}

function headersOf(store: ObjectStore, object: StoredObject): Record<string, string | undefined> {
  return { "x-amz-version-id": versionHeader(store, object) };
}

const getObjectTagging: S3Operation = {
  name: "GetObjectTagging",
  method: "GET",
  level: "object",
  selectors: ["tagging"],
  parameters: ["versionId"],
  permissions: permissions("Get"),
  async run(request, { store }) {
    const object = await findForReading(request, { store });
    return xmlResponse("Tagging", tagElements(object.details.tags ?? {}), headersOf(store, object));
  },
};

const putObjectTagging: S3Operation = {
  name: "PutObjectTagging",
  method: "PUT",
  level: "object",
  selectors: ["tagging"],
  parameters: ["versionId"],
  permissions: permissions("Put"),
  async run(request, { store }) {
    const tags = readTags(request.parse("Tagging"), mostTags);
    const object = await findForReading(request, { store });
    store.index.setDetails(object, { ...object.details, tags });
    return { status: 200, headers: headersOf(store, object) };
  },
};

const deleteObjectTagging: S3Operation = {
  name: "DeleteObjectTagging",
  method: "DELETE",
  level: "object",
  selectors: ["tagging"],
  parameters: ["versionId"],
  permissions: permissions("Delete"),
  async run(request, { store }) {
    const object = await findForReading(request, { store });
    store.index.setDetails(object, { ...object.details, tags: {} });
    return { status: 204, headers: headersOf(store, object) };
  },
};

/** What S3 answers about settings of an object that no bucket here can have. */
function refusal(
  name: string,
  method: "GET" | "PUT" | "POST",
  selector: string,
  action: string,
  error: () => AwsError,
): S3Operation {
  return {
    name,
    partly: "refused with the error of a bucket without access lists, locks and archives",
    method,
    level: "object",
    selectors: [selector],
    parameters: ["versionId"],
    permissions: (request, context) => [{ action, resource: objectArn(context, request.bucket, request.key) }],
    async run(request, { store }) {
      await findForReading(request, { store });
      throw error();
    },
  };
}

const noLock = (): AwsError => new AwsError("InvalidRequest", "Bucket is missing Object Lock Configuration", 400);
const noAcl = (): AwsError => new AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs", 400);

/** An object's tags, and what else is asked about one that S3 answers the same for every object here. */
export const taggingOperations: readonly S3Operation[] = [
  getObjectTagging,
  putObjectTagging,
  deleteObjectTagging,
  refusal("PutObjectAcl", "PUT", "acl", "s3:PutObjectAcl", noAcl),
  refusal("GetObjectLegalHold", "GET", "legal-hold", "s3:GetObjectLegalHold", noLock),
  refusal("PutObjectLegalHold", "PUT", "legal-hold", "s3:PutObjectLegalHold", noLock),
  refusal("GetObjectRetention", "GET", "retention", "s3:GetObjectRetention", noLock),
  refusal("PutObjectRetention", "PUT", "retention", "s3:PutObjectRetention", noLock),
  refusal("RestoreObject", "POST", "restore", "s3:RestoreObject", () => {
    const message = "Restore is not allowed for the object's current storage class";
    return new AwsError("InvalidObjectState", message, 403);
  }),
];

import { AwsError, type AwsRequest, type AwsResponse } from "../../protocol/message";
import type { Identity } from "../../identity/identity";
import type { Authorize, AwsService, OperationSummary } from "../../protocol/operation";
import type { ObjectStore } from "../object-store";
import { answerPreflight, corsHeaders } from "./cors";
import { s3Operations } from "./operations";
import { receiveText } from "./received-body";
import { bucketArn, chooseOperation, type S3Context } from "./s3-operation";
import { S3Request } from "./s3-request";
import { renderXml } from "./xml";

export interface S3ServiceOptions {
  readonly store: ObjectStore;
  readonly authorize: Authorize;
  /** Whose keys sign the policies of forms. */
  readonly identity: Identity;
}

/** The most that a document may have, in bytes: the list of 10,000 parts is the longest. */
const largestDocument = 4 * 1024 * 1024;

/** The object store behind the S3 protocol (https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html). */
export class S3Service implements AwsService {
  public readonly signingName = "s3";
  public readonly operations: readonly OperationSummary[] = s3Operations;
  private readonly store: ObjectStore;
  private readonly authorize: Authorize;
  private readonly context: S3Context;

  public constructor({ store, authorize, identity }: S3ServiceOptions) {
    this.store = store;
    this.authorize = authorize;
    this.context = { store, authorize, identity };
  }

  public async handle(aws: AwsRequest): Promise<AwsResponse> {
    const request = new S3Request(aws);
    if (aws.method === "OPTIONS") return answerPreflight(this.store, request);
    const answer = await this.run(request);
    return { ...answer, headers: { "x-amz-id-2": hostId(aws), ...answer.headers, ...corsHeaders(this.store, aws) } };
  }

  public formatError(error: AwsError, aws: AwsRequest): AwsResponse {
    const document = {
      Code: error.code,
      Message: error.message,
      ...error.details,
      RequestId: aws.id,
      HostId: hostId(aws),
    };
    const headers = {
      "content-type": "application/xml",
      "x-amz-id-2": hostId(aws),
      ...error.headers,
      ...corsHeaders(this.store, aws),
    };
    return { status: error.status, headers, body: renderXml("Error", document, { hasNamespace: false }) };
  }

  private async run(request: S3Request): Promise<AwsResponse> {
    const operation = chooseOperation(s3Operations, request);
    const { context } = this;
    if (operation.authenticates !== true) {
      this.authorize(request.aws, operation.name, operation.permissions(request, context));
    }
    const owner = request.header("x-amz-expected-bucket-owner");
    if (owner !== undefined && owner !== this.store.account.id) {
      throw new AwsError("AccessDenied", "Access Denied", 403);
    }
    if (operation.body !== "object") {
      const hasOwnChecksums = operation.body !== "document of an object";
      request.document = await receiveText(request, largestDocument, { hasOwnChecksums });
    }
    try {
      return await operation.run(request, context, request.aws);
    } catch (error) {
      if (error instanceof AwsError && error.code === "NoSuchKey") this.mayKnowOfAbsence(request, operation.name);
      throw error;
    }
  }

  /**
   * S3 says that there is no such key only to those who may list the bucket; to others it is AccessDenied
   * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).
   */
  private mayKnowOfAbsence(request: S3Request, operation: string): void {
    const resource = bucketArn(this.context, request.bucket);
    this.authorize(request.aws, operation, [{ action: "s3:ListBucket", resource }]);
  }
}

/** `x-amz-id-2`, the second number by which AWS finds a request in its logs. */
function hostId(aws: AwsRequest): string {
  return Buffer.from(aws.id).toString("base64");
}

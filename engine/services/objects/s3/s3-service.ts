import { AwsError, type AwsRequest, type AwsResponse } from "../../protocol/message";
import type { Authorize, AwsService } from "../../protocol/operation";
import type { ObjectStore } from "../object-store";
import { answerPreflight, corsHeaders } from "./cors";
import { s3Operations } from "./operations";
import { bucketArn, chooseOperation } from "./s3-operation";
import { S3Request } from "./s3-request";
import { renderXml } from "./xml";

export interface S3ServiceOptions {
  readonly store: ObjectStore;
  /** Default lets every key of this stack do everything. */
  readonly authorize?: Authorize;
}

/** Lets everybody with a key of this stack do everything, and nobody else anything. */
const allowSigned: Authorize = (request) => {
  if (!request.caller) throw new AwsError("AccessDenied", "Access Denied", 403);
};

/** The object store behind the S3 protocol (https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html). */
export class S3Service implements AwsService {
  public readonly signingName = "s3";
  private readonly store: ObjectStore;
  private readonly authorize: Authorize;

  public constructor({ store, authorize = allowSigned }: S3ServiceOptions) {
    this.store = store;
    this.authorize = authorize;
  }

  public async handle(aws: AwsRequest): Promise<AwsResponse> {
    const request = new S3Request(aws);
    if (aws.method === "OPTIONS") return answerPreflight(this.store, request);
    const answer = await this.run(request);
    return { ...answer, headers: { ...answer.headers, ...corsHeaders(this.store, aws) } };
  }

  public formatError(error: AwsError, aws: AwsRequest): AwsResponse {
    const document = {
      Code: error.code,
      Message: error.message,
      ...error.details,
      Resource: error.details.Resource ?? aws.rawPath,
      RequestId: aws.id,
      HostId: "tandem",
    };
    const headers = { "content-type": "application/xml", ...error.headers, ...corsHeaders(this.store, aws) };
    return { status: error.status, headers, body: renderXml("Error", document, { isError: true }) };
  }

  private async run(request: S3Request): Promise<AwsResponse> {
    const operation = chooseOperation(s3Operations, request);
    const context = { store: this.store, authorize: this.authorize };
    this.authorize(request.aws, operation.name, operation.permissions(request, context));
    const owner = request.header("x-amz-expected-bucket-owner");
    if (owner !== undefined && owner !== this.store.account.id) {
      throw new AwsError("AccessDenied", "Access Denied", 403);
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
    const context = { store: this.store, authorize: this.authorize };
    const resource = bucketArn(context, request.bucket);
    this.authorize(request.aws, operation, [{ action: "s3:ListBucket", resource }]);
  }
}

import type { Account } from "../account";
import { callerIdentity } from "../identity/caller-identity";
import { AwsError, type AwsRequest, type AwsResponse } from "../protocol/message";
import type { Authorize, AwsService } from "../protocol/operation";
import { escapeXml, queryErrorAnswer } from "../protocol/query-error";
import { readBody } from "../protocol/request-body";

const namespace = "https://sts.amazonaws.com/doc/2011-06-15/";
/** The most that a request may have, in bytes. */
const largestRequest = 64 * 1024;

/** The Security Token Service: it says whose key signed a request, which tools ask first. There are no sessions here. */
export class StsService implements AwsService {
  public readonly signingName = "sts";
  public readonly operations = [{ name: "GetCallerIdentity" }];

  public constructor(
    private readonly account: Account,
    private readonly authorize: Authorize,
  ) {}

  public async handle(request: AwsRequest): Promise<AwsResponse> {
    const tooLarge = (limit: number): AwsError =>
      new AwsError("RequestEntityTooLarge", `The request is larger than ${limit} bytes.`, 413);
    const body = await readBody(request.body, largestRequest, tooLarge);
    const action = new URLSearchParams(body.toString("utf8")).get("Action") ?? request.query.get("Action");
    if (action === null) throw new AwsError("MissingAction", "The request must contain the parameter Action.");
    if (action !== "GetCallerIdentity") {
      throw new AwsError("InvalidAction", `The action ${action} is not run here; GetCallerIdentity is.`);
    }
    // AWS asks for no permission either (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html).
    this.authorize(request, action, []);
    if (request.caller === undefined)
      throw new AwsError("MissingAuthenticationToken", "Missing Authentication Token", 403);
    const { arn, userId } = callerIdentity(request.caller);
    const result = `<Arn>${escapeXml(arn)}</Arn><UserId>${escapeXml(userId)}</UserId><Account>${this.account.id}</Account>`;
    return {
      status: 200,
      headers: { "content-type": "text/xml" },
      body:
        `<GetCallerIdentityResponse xmlns="${namespace}"><GetCallerIdentityResult>${result}</GetCallerIdentityResult>` +
        `<ResponseMetadata><RequestId>${request.id}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`,
    };
  }

  public formatError(error: AwsError, request: AwsRequest): AwsResponse {
    return queryErrorAnswer(error, request.id, namespace);
  }
}

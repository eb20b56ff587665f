import { createHash } from "node:crypto";
import type { Clock } from "../../clock";
import type { Identity } from "../../identity/identity";
import { readClaim, verifyClaim } from "../../identity/sigv4";
import { AwsError } from "../../protocol/message";
import type { Authorization, Exchange } from "../exchange";
import { Refusal } from "../gateway-answer";

/**
 * Lets through who signs for `execute-api` with a key of this stack
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html).
 * @throws Refusal 403
 */
export async function authorizeSigned(exchange: Exchange, identity: Identity, clock: Clock): Promise<Authorization> {
  const { request } = exchange;
  const { method, encodedPath: rawPath, rawQuery, message } = request;
  const signed = { method, rawPath, rawQuery, rawHeaders: message.rawHeaders };
  try {
    const claim = readClaim(signed, (name) => request.header(name));
    if (claim === undefined) throw new Refusal(403, "the request is not signed");
    if (claim.service !== "execute-api") throw new Refusal(403, `the request is signed for ${claim.service}`);
    const hash = createHash("sha256")
      .update(await request.readBody())
      .digest("hex");
    // What was declared is not believed: a body that is another than was signed makes another signature. Presigned
    // requests declare nothing, and sign the hash as well.
    const isUnsigned = message.headers["x-amz-content-sha256"] === "UNSIGNED-PAYLOAD";
    const payloadHash = isUnsigned ? "UNSIGNED-PAYLOAD" : hash;
    const { caller } = verifyClaim(claim, signed, payloadHash, identity, clock);
    return { kind: "iam", accessKey: caller.accessKeyId, userArn: caller.arn };
  } catch (error) {
    if (error instanceof AwsError) throw new Refusal(403, error.message);
    throw error;
  }
}

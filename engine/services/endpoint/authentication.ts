import type { IncomingHttpHeaders } from "node:http";

import type { Clock } from "../clock";
import type { Identity } from "../identity/identity";
import { verifySigV2 } from "../identity/sigv2";
import { readClaim, verifyClaim, type SignatureClaim } from "../identity/sigv4";
import type { AwsRequest } from "../protocol/message";
import type { Incoming } from "./incoming";
import type { IncomingBody } from "./incoming-body";
import { checkPayloadHash, undeclaredBody, verifiedBody } from "./verified-body";

/** Which service a request is for, as its signature says, and how that signature is checked. */
export interface Claimed {
  /** The service of the credential scope; undefined for a request that is not signed. */
  readonly service: string | undefined;
  /** Checks the signature and the body; rejects with the service's error if either does not hold. */
  verify(body: IncomingBody): Promise<AwsRequest>;
}

/** Reads what a request claims to be. Throws where the claim is malformed. */
export function readClaimed(incoming: Incoming, identity: Identity, clock: Clock): Claimed {
  const { request, signed } = incoming;
  const claim = readClaim(signed, (name) => headerText(request.headers, name));
  if (claim) return { service: claim.service, verify: (body) => verifySigV4(incoming, claim, body, identity, clock) };
  const older = verifySigV2(signed, identity, clock);
  return {
    service: older && "s3",
    async verify(body) {
      return { ...request, ...older, body: await verifiedBody(body, "s3", "UNSIGNED-PAYLOAD") };
    },
  };
}

async function verifySigV4(
  { request, signed }: Incoming,
  claim: SignatureClaim,
  body: IncomingBody,
  identity: Identity,
  clock: Clock,
): Promise<AwsRequest> {
  const { service, payloadHash } = claim;
  if (payloadHash === undefined) {
    const read = await undeclaredBody(body, service);
    return { ...request, ...verifyClaim(claim, signed, read.hash, identity, clock), body: read.body };
  }
  checkPayloadHash(service, payloadHash);
  // A body is asked for, and read, only after its signature was found good.
  const verified = verifyClaim(claim, signed, payloadHash, identity, clock);
  return { ...request, ...verified, body: await verifiedBody(body, service, payloadHash) };
}

function headerText(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(",") : value;
}

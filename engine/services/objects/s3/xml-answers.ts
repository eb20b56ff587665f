import { canonicalUserId } from "../../account";
import type { AwsResponse } from "../../protocol/message";
import type { ObjectStore } from "../object-store";
import { renderXml, type XmlElement } from "./xml";

export type { XmlElement } from "./xml";

/** An answer with a document. */
export function xmlResponse(root: string, content: XmlElement, headers: AwsResponse["headers"] = {}): AwsResponse {
  return { status: 200, headers: { "content-type": "application/xml", ...headers }, body: renderXml(root, content) };
}

/** The owner of everything: the account, in the 64 digits that S3 uses for it. */
export function owner({ account }: ObjectStore): XmlElement {
  return { ID: canonicalUserId(account) };
}

/** The access control list of everything here: its owner may do everything, and nobody else has a grant. */
export function accessControlPolicy(store: ObjectStore): XmlElement {
  const grantee = 'Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"';
  const Grant = { [grantee]: owner(store), Permission: "FULL_CONTROL" };
  return { Owner: owner(store), AccessControlList: { Grant } };
}

/** A time in a document, in whole seconds, as S3 keeps it: `2026-11-30T12:00:00.000Z`. */
export function isoTime(milliseconds: number): string {
  return new Date(Math.floor(milliseconds / 1000) * 1000).toISOString();
}

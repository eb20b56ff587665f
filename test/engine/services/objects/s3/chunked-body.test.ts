import { createHmac, createSecretKey } from "node:crypto";

import { expect } from "chai";

import { decodeChunked } from "../../../../../engine/services/objects/s3/chunked-body";
import type { RequestSignature } from "../../../../../engine/services/protocol/message";

// AWS's own example: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html.
const hmac = (key: string | Buffer, data: string): Buffer => createHmac("sha256", key).update(data).digest();
const dateKey = hmac("AWS4wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20130524");
const seed: RequestSignature = {
  kind: "header",
  payloadHash: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  signature: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
  signingKey: createSecretKey(hmac(hmac(hmac(dateKey, "us-east-1"), "s3"), "aws4_request")),
  timestamp: "20130524T000000Z",
  scope: "20130524/us-east-1/s3/aws4_request",
};
const signatures = [
  "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
  "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
  "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
];
const example = Buffer.from(
  `10000;chunk-signature=${signatures[0]}\r\n${"a".repeat(65_536)}\r\n` +
    `400;chunk-signature=${signatures[1]}\r\n${"a".repeat(1024)}\r\n0;chunk-signature=${signatures[2]}\r\n\r\n`,
);
const unsigned: RequestSignature = { ...seed, payloadHash: "STREAMING-UNSIGNED-PAYLOAD-TRAILER" };

async function decode(
  body: Buffer,
  signature = seed,
  pieceLength = 1000,
): Promise<{ bytes: Buffer; trailers: object }> {
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < body.length; at += pieceLength) yield body.subarray(at, at + pieceLength);
  }
  const trailers = new Map<string, string>();
  const decoded: Buffer[] = [];
  for await (const piece of decodeChunked(pieces(), signature, trailers)) decoded.push(piece);
  return { bytes: Buffer.concat(decoded), trailers: Object.fromEntries(trailers) };
}

const codeOf = (body: Buffer, signature = seed): Promise<string> =>
  decode(body, signature).then(
    () => "none",
    (error: { code: string }) => error.code,
  );

describe("The aws-chunked decoder", () => {
  it("verifies and decodes AWS's own example, however it is cut into pieces", async () => {
    for (const pieceLength of [1, 7, 1000, 65_536, 1_000_000]) {
      const { bytes } = await decode(example, seed, pieceLength);
      expect(bytes.equals(Buffer.alloc(66_560, "a")), String(pieceLength)).to.equal(true);
    }
  });

  it("refuses a chunk that was changed, left out or moved", async () => {
    const changed = Buffer.from(example);
    changed[100] = 98;
    expect(await codeOf(changed)).to.equal("SignatureDoesNotMatch");
    const secondOnly = example.subarray(example.indexOf("400;"));
    expect(await codeOf(secondOnly)).to.equal("SignatureDoesNotMatch");
    const withoutSignature = Buffer.from("3\r\nabc\r\n0\r\n\r\n");
    expect(await codeOf(withoutSignature)).to.equal("SignatureDoesNotMatch");
  });

  it("gives out trailers", async () => {
    const body = Buffer.from("3\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:hYXFog==\r\n\r\n");
    const { bytes, trailers } = await decode(body, unsigned, 4);
    expect(String(bytes)).to.equal("abcde");
    expect(trailers).to.deep.equal({ "x-amz-checksum-crc32": "hYXFog==" });
  });

  it("requires signed trailers to be signed", async () => {
    const trailing = { ...seed, payloadHash: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" };
    expect(await codeOf(example, trailing)).to.equal("SignatureDoesNotMatch");
  });

  it("refuses framing that is broken, endless or cut off", async () => {
    expect(await codeOf(Buffer.from("zz\r\nabc"), unsigned)).to.equal("InvalidRequest");
    expect(await codeOf(Buffer.from("3\r\nabcX\r\n0\r\n\r\n"), unsigned)).to.equal("InvalidRequest");
    expect(await codeOf(Buffer.alloc(100_000, "1"), unsigned)).to.equal("InvalidRequest");
    expect(await codeOf(Buffer.from("5\r\nabc"), unsigned)).to.equal("IncompleteBody");
    expect(await codeOf(Buffer.from("3\r\nabc\r\n"), unsigned)).to.equal("IncompleteBody");
  });
});

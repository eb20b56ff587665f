import { expect } from "chai";

import {
  checksumAlgorithms,
  compositeChecksum,
  Digests,
  type ChecksumAlgorithm,
} from "../../../../engine/services/objects/checksums";

const hexadecimal = (algorithm: ChecksumAlgorithm, pieces: Buffer[]): string => {
  const digests = new Digests([algorithm]);
  for (const piece of pieces) digests.update(piece);
  return Buffer.from(digests.finish().checksums[algorithm] ?? "", "base64").toString("hex");
};

describe("Checksums", () => {
  // The check values of each algorithm's catalogue entry: https://reveng.sourceforge.io/crc-catalogue/all.htm.
  const checks = { crc32: "cbf43926", crc32c: "e3069283", crc64nvme: "ae8b14860a799888" } as const;

  for (const [name, check] of Object.entries(checks)) {
    const algorithm = name as keyof typeof checks;
    it(`computes the check value of ${algorithm}`, () => {
      expect(hexadecimal(algorithm, [Buffer.from("123456789")])).to.equal(check);
    });

    it(`computes the same ${algorithm} however the bytes are cut`, () => {
      const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => (index * 31) & 255));
      const whole = hexadecimal(algorithm, [bytes]);
      for (const at of [1, 7, 8, 9, 500, 999]) {
        expect(hexadecimal(algorithm, [bytes.subarray(0, at), bytes.subarray(at)]), String(at)).to.equal(whole);
      }
    });
  }

  it("computes all of them, and the MD5, in one pass", () => {
    const digests = new Digests(checksumAlgorithms);
    digests.update(Buffer.from("hello"));
    const { md5, checksums } = digests.finish();
    expect(md5).to.equal("5d41402abc4b2a76b9719d911017c592");
    expect(checksums.sha1).to.equal("qvTGHdzF6KLavt4PO0gs2a6pQ00=");
    expect(checksums.crc32).to.equal("NhCmhg==");
    expect(Object.keys(checksums)).to.have.members([...checksumAlgorithms]);
  });

  it("makes a composite of parts only where every part has one", () => {
    expect(compositeChecksum("crc32", ["NhCmhg==", undefined])).to.equal(undefined);
    expect(compositeChecksum("crc32", ["NhCmhg==", "NhCmhg=="])).to.match(/^[\w+/]{6}==-2$/);
  });
});

import { createHash, type Hash } from "node:crypto";
import { crc32 } from "node:zlib";

import { Crc32c } from "./crc32c";
import { Crc64Nvme } from "./crc64nvme";

/** The checksums that S3 keeps (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html). */
export const checksumAlgorithms = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"] as const;

export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

/** Whether a checksum covers the whole object, or the checksums of its parts. */
export type ChecksumType = "FULL_OBJECT" | "COMPOSITE";

/** Checksums in base 64, as S3's headers carry them. */
export type Checksums = Partial<Record<ChecksumAlgorithm, string>>;

interface RunningDigest {
  update(chunk: Buffer): void;
  digest(): Buffer;
}

/** The algorithm that `name` (`CRC32C`, `sha256`, …) means; undefined for any other. */
export function checksumAlgorithm(name: string | undefined): ChecksumAlgorithm | undefined {
  const lower = name?.toLowerCase();
  return checksumAlgorithms.find((algorithm) => algorithm === lower);
}

/** How many bytes a checksum has. */
export function checksumLength(algorithm: ChecksumAlgorithm): number {
  return { crc32: 4, crc32c: 4, crc64nvme: 8, sha1: 20, sha256: 32 }[algorithm];
}

/** Computes the MD5 that makes the ETag, and any checksums asked for, in one pass over a body. */
export class Digests {
  private readonly md5: Hash = createHash("md5");
  private readonly running: readonly (readonly [ChecksumAlgorithm, RunningDigest])[];

  public constructor(algorithms: Iterable<ChecksumAlgorithm> = []) {
    this.running = [...new Set(algorithms)].map((algorithm) => [algorithm, start(algorithm)]);
  }

  public update(chunk: Buffer): void {
    this.md5.update(chunk);
    for (const [, digest] of this.running) digest.update(chunk);
  }

  /** Ends the computation; call it once. `md5` is in hexadecimal. */
  public finish(): { md5: string; checksums: Checksums } {
    const checksums: Checksums = {};
    for (const [algorithm, digest] of this.running) checksums[algorithm] = digest.digest().toString("base64");
    return { md5: this.md5.digest("hex"), checksums };
  }
}

/** The checksum of an object's parts' checksums, e.g. `q83v…-3`; undefined unless every part has one. */
export function compositeChecksum(
  algorithm: ChecksumAlgorithm,
  parts: readonly (string | undefined)[],
): string | undefined {
  const digest = start(algorithm);
  for (const part of parts) {
    if (part === undefined) return undefined;
    digest.update(Buffer.from(part, "base64"));
  }
  return `${digest.digest().toString("base64")}-${parts.length}`;
}

function start(algorithm: ChecksumAlgorithm): RunningDigest {
  switch (algorithm) {
    case "crc32":
      return new Crc32();
    case "crc32c":
      return new Crc32c();
    case "crc64nvme":
      return new Crc64Nvme();
    default:
      return createHash(algorithm);
  }
}

class Crc32 implements RunningDigest {
  private value = 0;

  public update(chunk: Buffer): void {
    this.value = crc32(chunk, this.value);
  }

  public digest(): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.value);
    return bytes;
  }
}

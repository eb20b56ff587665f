import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

import { AwsError } from "../protocol/message";
import type { BucketFiles, StagedFile } from "./bucket-files";
import { compositeChecksum, type ChecksumAlgorithm, type Checksums } from "./checksums";
import { invalidRequest, malformedXml } from "./s3-errors";
import type { Upload, UploadedPart } from "./uploads";

/** The least that a part may have that is not the last, in bytes: 5 MiB. */
const smallestPart = 5 * 1024 ** 2;
/** The most that an object may have, in bytes: 48.8 TiB, of 10,000 parts of 5 GiB. */
const largestObject = 10_000 * 5 * 1024 ** 3;

/** A part as the client lists it to complete an upload. */
export interface ListedPart {
  readonly number: number;
  /** Without quotes. */
  readonly eTag: string;
  readonly checksums: Checksums;
}

/** The uploaded parts that the client lists; throws where they are not there, out of order or too small. */
export function chooseParts(
  upload: Upload,
  uploaded: readonly UploadedPart[],
  listed: readonly ListedPart[],
): UploadedPart[] {
  if (listed.length === 0) throw malformedXml();
  const byNumber = new Map(uploaded.map((part) => [part.number, part]));
  if (listed.some((entry, position) => position > 0 && entry.number <= (listed[position - 1]?.number ?? 0))) {
    const message =
      "The list of parts was not in ascending order. The parts list must be specified in order by part number.";
    throw new AwsError("InvalidPartOrder", message, 400, { UploadId: upload.id });
  }
  const { algorithm, checksumType } = upload.details;
  return listed.map((entry, position) => {
    if (algorithm && checksumType === "COMPOSITE" && entry.checksums[algorithm] === undefined) {
      const message =
        `The upload was created using a ${algorithm} checksum. The complete request must include the checksum for each ` +
        `part. It was missing for part ${entry.number} in the request.`;
      throw invalidRequest(message);
    }
    const part = byNumber.get(entry.number);
    const isSame =
      part?.eTag === entry.eTag &&
      Object.entries(entry.checksums).every(([name, value]) => part.checksums[name as ChecksumAlgorithm] === value);
    if (!part || !isSame) {
      const message =
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified " +
        "entity tag may not match the part's entity tag.";
      const details = { UploadId: upload.id, PartNumber: String(entry.number), ETag: entry.eTag };
      throw new AwsError("InvalidPart", message, 400, details);
    }
    if (position < listed.length - 1 && part.size < smallestPart) {
      const message = "Your proposed upload is smaller than the minimum allowed size";
      const details = { ETag: part.eTag, PartNumber: String(part.number), ProposedSize: String(part.size) };
      throw new AwsError("EntityTooSmall", message, 400, { ...details, MinSizeAllowed: String(smallestPart) });
    }
    return part;
  });
}

/** Writes the parts one after the other into one staged file, and computes what the object's ETag is made of. */
export async function joinParts(
  files: BucketFiles,
  upload: Upload,
  parts: readonly UploadedPart[],
): Promise<StagedFile & { eTag: string }> {
  const { algorithm, checksumType } = upload.details;
  const whole = checksumType === "COMPOSITE" ? [] : [algorithm ?? "crc64nvme"];
  const staged = await files.stage(upload.bucket, bytesOf(files, parts), whole, largestObject);
  const total = parts.reduce((sum, part) => sum + part.size, 0);
  if (staged.size !== total) throw invalidRequest("The parts changed while the upload was completed.");
  const md5OfParts = createHash("md5");
  for (const part of parts) md5OfParts.update(Buffer.from(part.eTag, "hex"));
  return {
    ...staged,
    checksums: checksumsOf(upload, parts, staged),
    eTag: `${md5OfParts.digest("hex")}-${parts.length}`,
  };
}

async function* bytesOf(files: BucketFiles, parts: readonly UploadedPart[]): AsyncGenerator<Buffer> {
  for (const part of parts) {
    const stream = createReadStream(files.absolute(part.file), { highWaterMark: 256 * 1024 });
    yield* stream as AsyncIterable<Buffer>;
  }
}

function checksumsOf(upload: Upload, parts: readonly UploadedPart[], staged: StagedFile): Checksums {
  const { algorithm, checksumType } = upload.details;
  if (!algorithm || checksumType !== "COMPOSITE") return staged.checksums;
  const composite = compositeChecksum(
    algorithm,
    parts.map((part) => part.checksums[algorithm]),
  );
  return composite === undefined ? {} : { [algorithm]: composite };
}

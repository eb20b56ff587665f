import type { Checksums, ChecksumType } from "./checksums";

/** What an object carries besides its bytes. */
export interface ObjectDetails {
  /** Headers that S3 keeps and gives back (`content-type`, `cache-control`, …), by their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The user's own metadata, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly checksums: Checksums;
  readonly checksumType?: ChecksumType;
  /** The sizes of the parts it was uploaded in, in bytes; undefined for an object put in one go. */
  readonly parts?: readonly number[];
  /** The checksums of those parts, if they were uploaded with some. */
  readonly partChecksums?: readonly { readonly number: number; readonly checksums: Checksums }[];
  readonly tags?: Readonly<Record<string, string>>;
}

/** One version of an object, or a delete marker. */
export interface StoredObject {
  readonly id: number;
  readonly bucket: string;
  readonly key: string;
  /** `null` in a bucket without versions, as in S3. */
  readonly versionId: string;
  readonly isCurrent: boolean;
  readonly isDeleteMarker: boolean;
  /** Bytes. */
  readonly size: number;
  /** Without quotes. */
  readonly eTag: string;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  readonly details: ObjectDetails;
  /** Where the bytes are, relative to the store's folder; undefined for a delete marker. */
  readonly file: string | undefined;
  /** Whether the file lies in the bucket's folder under its own name. */
  readonly isNatural: boolean;
  /** When the file was last written, in milliseconds as the file system says. */
  readonly fileModified: number;
}

/** A put or a delete, as subscribers hear of it. */
export interface ObjectEvent {
  /** Stays the same where an event is delivered again. */
  readonly id: string;
  readonly type: "put" | "delete";
  readonly bucket: string;
  /** As put, not encoded. */
  readonly key: string;
  /** Bytes; puts only. */
  readonly size?: number;
  /** Without quotes; puts only. */
  readonly eTag?: string;
  /** Buckets with versions only. */
  readonly versionId?: string;
  /** Hexadecimal; the greater of two events of one key came later. */
  readonly sequencer: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly reason: ObjectEventReason;
  /** Deletes only. */
  readonly deletionType?: "Permanently Deleted" | "Delete Marker Created";
}

/** As in EventBridge's events of S3 (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html). */
export type ObjectEventReason =
  "PutObject" | "PostObject" | "CopyObject" | "CompleteMultipartUpload" | "DeleteObject" | "Lifecycle Expiration";

import type { S3Client } from "@aws-sdk/client-s3";
import type { Readable } from "node:stream";
import { place } from "../shared/place.runtime";
import { problem } from "../shared/problem.runtime";
import { wouldLoop } from "./bucket-event.runtime";

/** What `head` tells of an object. */
export interface ObjectHead {
  /** Bytes. */
  readonly size: number;
  readonly eTag: string;
  readonly lastModified: Date;
  readonly contentType?: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly versionId?: string;
}

export interface PutOptions {
  /** @defaultValue `"application/octet-stream"` */
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What `list` tells of each object. */
export interface ListedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly eTag: string;
  readonly lastModified: Date;
}

export interface SignedUrlOptions {
  readonly method: "get" | "put";
  /** Seconds that the address works, 1 to 604800 (seven days), and not longer than the role's own credentials. */
  readonly expires: number;
}

let client: S3Client | undefined;

async function s3(): Promise<S3Client> {
  const { S3Client } = await import("@aws-sdk/client-s3");
  // Local endpoints have no name for each bucket.
  return (client ??= new S3Client({ forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined }));
}

export async function getStream(variable: string, key: string): Promise<Readable> {
  const { GetObjectCommand } = await import("@aws-sdk/client-s3");
  const { Body } = await (await s3()).send(new GetObjectCommand({ Bucket: place("bucket.get", variable), Key: key }));
  return Body as Readable;
}

export async function get(variable: string, key: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await getStream(variable, key)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export async function getText(variable: string, key: string): Promise<string> {
  return (await get(variable, key)).toString("utf8");
}

export async function put(
  variable: string,
  key: string,
  body: string | Uint8Array | Readable,
  options: PutOptions = {},
): Promise<{ eTag: string; versionId?: string }> {
  if (wouldLoop(variable, key)) {
    throw problem(
      "ERR_BUCKET_LOOP",
      "this handler listens to the key that it writes, and would call itself without end",
      `key = ${JSON.stringify(key)}`,
      "write under another prefix or suffix than the one it listens to, or into another bucket",
    );
  }
  const params = {
    Bucket: place("bucket.put", variable),
    Key: key,
    ContentType: options.contentType,
    Metadata: options.metadata,
  };
  const { ETag, VersionId } =
    typeof body === "string" || body instanceof Uint8Array
      ? await putWhole({ ...params, Body: body })
      : await putStream({ ...params, Body: body });
  return { eTag: unquoted(ETag), ...(VersionId === undefined ? {} : { versionId: VersionId }) };
}

interface PutParams {
  readonly Bucket: string;
  readonly Key: string;
  readonly ContentType: string | undefined;
  readonly Metadata: Record<string, string> | undefined;
}

async function putWhole(params: PutParams & { Body: string | Uint8Array }): Promise<Written> {
  const { PutObjectCommand } = await import("@aws-sdk/client-s3");
  return (await s3()).send(new PutObjectCommand(params));
}

/** S3 wants to know a body's length first; a stream of unknown length goes up in parts. */
async function putStream(params: PutParams & { Body: Readable }): Promise<Written> {
  const { Upload } = await import("@aws-sdk/lib-storage");
  return new Upload({ client: await s3(), params }).done();
}

interface Written {
  readonly ETag?: string;
  readonly VersionId?: string;
}

async function deleteObject(variable: string, key: string): Promise<void> {
  const { DeleteObjectCommand } = await import("@aws-sdk/client-s3");
  await (await s3()).send(new DeleteObjectCommand({ Bucket: place("bucket.delete", variable), Key: key }));
}
export { deleteObject as delete };

export async function head(variable: string, key: string): Promise<ObjectHead> {
  const { HeadObjectCommand } = await import("@aws-sdk/client-s3");
  const found = await (await s3()).send(new HeadObjectCommand({ Bucket: place("bucket.head", variable), Key: key }));
  return {
    size: found.ContentLength ?? 0,
    eTag: unquoted(found.ETag),
    lastModified: found.LastModified ?? new Date(0),
    metadata: found.Metadata ?? {},
    ...(found.ContentType === undefined ? {} : { contentType: found.ContentType }),
    ...(found.VersionId === undefined ? {} : { versionId: found.VersionId }),
  };
}

export async function exists(variable: string, key: string): Promise<boolean> {
  try {
    await head(variable, key);
    return true;
  } catch (error) {
    if (error instanceof Error && (error.name === "NotFound" || error.name === "NoSuchKey")) return false;
    throw error;
  }
}

export async function* list(variable: string, prefix?: string): AsyncIterable<ListedObject> {
  const { paginateListObjectsV2 } = await import("@aws-sdk/client-s3");
  const query = { Bucket: place("bucket.list", variable), Prefix: prefix };
  for await (const page of paginateListObjectsV2({ client: await s3() }, query)) {
    for (const { Key = "", Size = 0, ETag, LastModified = new Date(0) } of page.Contents ?? []) {
      yield { key: Key, size: Size, eTag: unquoted(ETag), lastModified: LastModified };
    }
  }
}

export async function signedUrl(variable: string, key: string, options: SignedUrlOptions): Promise<string> {
  const { GetObjectCommand, PutObjectCommand } = await import("@aws-sdk/client-s3");
  const { getSignedUrl } = await import("@aws-sdk/s3-request-presigner");
  const params = { Bucket: place("bucket.signedUrl", variable), Key: key };
  const command = options.method === "put" ? new PutObjectCommand(params) : new GetObjectCommand(params);
  return getSignedUrl(await s3(), command, { expiresIn: options.expires });
}

/** S3 writes entity tags in quotes, as HTTP does. */
function unquoted(eTag: string | undefined): string {
  return (eTag ?? "").replaceAll('"', "");
}

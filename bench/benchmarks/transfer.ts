import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { createCipheriv, createHash } from "node:crypto";
import { once } from "node:events";
import * as fs from "node:fs";
import * as http from "node:http";
import * as os from "node:os";
import * as path from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Benchmark, Measurement } from "../benchmark";
import { now } from "../measure";
import { BenchProject } from "../project";
import { withUp, type RunningUp } from "../running-up";

const mebibytes = 1024;
const size = mebibytes * 1024 * 1024;

const program = `import { Bucket } from "tandem";

new Bucket("media");
`;

interface Content {
  readonly file: string;
  /** SHA-256 in hexadecimal. */
  readonly hash: string;
}

interface Target {
  readonly s3: S3Client;
  readonly Bucket: string;
  readonly Key: string;
}

/** One large object up and down, by each of the ways that clients have. */
export const transfer: Benchmark = {
  name: "transfer",
  about:
    "1 GiB up and down, compared by hash, and the engine's peak memory: signed PUT and GET, SDK put, SDK multipart",
  async run() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-bench-transfer-"));
    try {
      const content = await writeNoise(path.join(folder, "noise"));
      const ways = { "signed PUT": putSigned, "SDK PutObject": putWhole, "SDK multipart": putParts };
      const measurements: Measurement[] = [];
      for (const [way, put] of Object.entries(ways)) {
        measurements.push(...(await withUp(BenchProject.of(program), (up) => roundTrip(up, way, put, content))));
      }
      return measurements;
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function roundTrip(
  up: RunningUp,
  way: string,
  put: (target: Target, file: string) => Promise<unknown>,
  { file, hash }: Content,
): Promise<Measurement[]> {
  const stack = await up.stack();
  const s3 = stack.s3();
  const target = { s3, Bucket: stack.resource("bucket", "aws:s3/bucket:Bucket", "media").id, Key: "noise" };
  const idle = up.peak.read();
  const started = now();
  await put(target, file);
  const uploaded = now();
  const peakUp = up.peak.read();
  if ((await download(target)) !== hash) throw new Error("other bytes came back");
  const downloaded = now();
  s3.destroy();
  return [
    { what: `${way}: up`, value: mebibytes / ((uploaded - started) / 1000), unit: "MiB/s" },
    { what: `${way}: down, hashed`, value: mebibytes / ((downloaded - uploaded) / 1000), unit: "MiB/s" },
    { what: `${way}: peak before`, value: idle, unit: "MiB" },
    { what: `${way}: peak after the upload`, value: peakUp, unit: "MiB" },
    { what: `${way}: peak after both`, value: up.peak.read(), unit: "MiB", target: 120 },
  ];
}

/** Bytes that no compression helps with: a key stream, the same each time. */
async function writeNoise(file: string): Promise<Content> {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16));
  const hash = createHash("sha256");
  const zeros = Buffer.alloc(1024 * 1024);
  await pipeline(function* () {
    for (let written = 0; written < size; written += zeros.length) {
      const piece = cipher.update(zeros);
      hash.update(piece);
      yield piece;
    }
  }, fs.createWriteStream(file));
  return { file, hash: hash.digest("hex") };
}

async function putSigned({ s3, Bucket, Key }: Target, file: string): Promise<void> {
  const url = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key }));
  const request = http.request(url, { method: "PUT", headers: { "content-length": size } });
  const answered = once(request, "response");
  await pipeline(fs.createReadStream(file, { highWaterMark: 1024 * 1024 }), request);
  const [response] = (await answered) as [http.IncomingMessage];
  response.resume();
  if (response.statusCode !== 200) throw new Error(`the put was answered ${response.statusCode}`);
}

async function putWhole({ s3, Bucket, Key }: Target, file: string): Promise<void> {
  const Body = fs.createReadStream(file, { highWaterMark: 1024 * 1024 });
  await s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentLength: size }));
}

async function putParts({ s3, Bucket, Key }: Target, file: string): Promise<void> {
  const Body = fs.createReadStream(file, { highWaterMark: 1024 * 1024 });
  await new Upload({ client: s3, params: { Bucket, Key, Body }, partSize: 8 * 1024 * 1024, queueSize: 4 }).done();
}

/** The SHA-256 of what is there. */
async function download({ s3, Bucket, Key }: Target): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  const hash = createHash("sha256");
  for await (const piece of Body as Readable) hash.update(piece as Buffer);
  return hash.digest("hex");
}

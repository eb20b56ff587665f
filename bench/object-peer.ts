import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { installPeer } from "./peer-package";
import type { ServerAddress } from "./signing-client";

const packageName = "s3rver@3.7.1";

/** s3rver verifies signatures with this key, and knows no other. */
const key = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };

const script = `
const S3rver = require("s3rver");
const server = new S3rver({
  port: 0, address: "127.0.0.1", silent: true, directory: process.argv[2], configureBuckets: [{ name: "media" }],
});
server.run().then(({ port }) => console.log(port));
`;

/** Starts s3rver, which npm installs once; `work` gets its address and process id. It has the bucket `media`. */
export async function withS3rver<T>(work: (address: ServerAddress, pid: number) => Promise<T>): Promise<T> {
  const folder = installPeer({ packageName, script: { name: "serve.js", text: script } });
  const data = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-bench-s3rver-"));
  const child = spawn(process.execPath, [path.join(folder, "serve.js"), data], {
    cwd: folder,
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    const [printed] = (await once(child.stdout, "data")) as [Buffer];
    return await work({ port: Number(printed.toString()), ...key }, child.pid ?? 0);
  } finally {
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
    fs.rmSync(data, { recursive: true, force: true });
  }
}

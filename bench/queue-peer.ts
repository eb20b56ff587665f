import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { installPeer } from "./peer-package";
import type { ServerAddress } from "./signing-client";

const packageName = "fauxqs@2.4.1";

/** It listens on all of the machine's addresses by itself: here it is to have the loopback one only. */
const script = `
import net from "node:net";
import { startFauxqs } from "fauxqs";
const { listen } = net.Server.prototype;
net.Server.prototype.listen = function (options, ...rest) {
  return listen.call(this, { ...options, host: "127.0.0.1" }, ...rest);
};
const dataDir = process.argv[2];
const { port } = await startFauxqs({ port: 0, logger: false, ...(dataDir ? { dataDir } : {}) });
console.log(port);
`;

/** Starts fauxqs, which npm installs once; `work` is given its address and process. */
export async function withFauxqs<T>(
  isPersisted: boolean,
  work: (address: ServerAddress, pid: number) => Promise<T>,
): Promise<T> {
  const folder = installPeer({ packageName, script: { name: "serve.mjs", text: script } });
  const data = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-bench-fauxqs-"));
  const args = [path.join(folder, "serve.mjs"), ...(isPersisted ? [data] : [])];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  const onExit = (code: number | null, signal: string | null): void =>
    console.error(`fauxqs ended by itself: ${code ?? signal ?? ""}`);
  child.once("exit", onExit);
  try {
    const [printed] = (await once(child.stdout, "data")) as [Buffer];
    const address = { port: Number(printed.toString()), accessKeyId: "AKID", secretAccessKey: "secret" };
    return await work(address, child.pid ?? 0);
  } finally {
    const closed = once(child, "close");
    child.off("exit", onExit);
    child.kill("SIGKILL");
    await closed;
    fs.rmSync(data, { recursive: true, force: true });
  }
}

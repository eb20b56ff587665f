import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { repository } from "./project";

/** Another program that serves an API on a laptop. */
interface Peer {
  readonly name: string;
  /** What npm installs for it. */
  readonly packages: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** A script in the installed packages, and its arguments. */
  readonly command: (port: number) => readonly string[];
  /** It takes a port of its own choice, and prints the address. */
  readonly printsAddress?: boolean;
}

const cache = path.join(repository, "node_modules", ".cache", "bench");
const port = 38_017;

/** Programs that could be compared: bench/README.md says which others could not. */
export const peers: readonly Peer[] = [
  {
    name: "serverless-offline 14 (osls 4)",
    packages: ["serverless-offline@14", "serverless@npm:osls@4"],
    files: {
      "serverless.yml": `service: bench
provider:
  name: aws
  runtime: nodejs22.x
plugins: [serverless-offline]
functions:
  hello:
    handler: handler.hello
    events: [{ httpApi: GET /hello }]
`,
      "handler.js":
        "exports.hello = async () => ({ statusCode: 200, headers: { 'content-type': 'text/plain' }, body: 'hello' });\n",
    },
    command: (at) => [
      "node_modules/serverless/bin/serverless.js",
      "offline",
      "--httpPort",
      String(at),
      "--lambdaPort",
      "38018",
    ],
  },
  {
    name: "wrangler 4",
    packages: ["wrangler@4"],
    files: {
      "worker.js":
        "export default { fetch: () => new Response('hello', { headers: { 'content-type': 'text/plain' } }) };\n",
      "wrangler.toml": `name = "bench"\nmain = "worker.js"\ncompatibility_date = "2025-01-01"\nsend_metrics = false\n`,
    },
    command: (at) => ["node_modules/wrangler/bin/wrangler.js", "dev", "--port", String(at), "--ip", "127.0.0.1"],
  },
  {
    name: "@winglang/sdk 0.85, simulator",
    packages: ["@winglang/sdk@0.85"],
    files: {
      "app.js": `const { Construct } = require("constructs");
const { cloud, core, platform, simulator } = require("@winglang/sdk");

class Root extends Construct {
  constructor(scope, id) {
    super(scope, id);
    new cloud.Api(this, "api").get("/hello", core.inflight(async () => ({ status: 200, headers: { "content-type": "text/plain" }, body: "hello" })));
  }
}

async function main() {
  const manager = new platform.PlatformManager({ platformPaths: ["sim"] });
  const outdir = __dirname + "/out";
  const simfile = manager.createApp({ outdir, entrypointDir: __dirname, rootConstruct: Root }).synth();
  const running = new simulator.Simulator({ simfile });
  await running.start();
  console.log(running.getResourceConfig("root/Default/api").attrs.url);
}
main();
`,
    },
    command: () => ["app.js"],
    printsAddress: true,
  },
];

/** Installs a peer, once, starts it and does `work` with its address; undefined where it does not run here, which is said. */
export async function runPeer<T>(peer: Peer, work: (url: string) => Promise<T>): Promise<T | undefined> {
  const folder = path.join(cache, peer.name.replace(/\W+/g, "-"));
  try {
    install(peer, folder);
  } catch (error) {
    console.error(`${peer.name} cannot be installed: ${String(error)}`);
    return undefined;
  }
  const env = { ...process.env, CI: "1", SLS_TELEMETRY_DISABLED: "1", WRANGLER_SEND_METRICS: "false" };
  // The leader of its own group, so that what it starts ends with it.
  const child = spawn(process.execPath, [...peer.command(port)], {
    cwd: folder,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let address = peer.printsAddress === true ? undefined : `http://127.0.0.1:${port}`;
  child.stdout.on("data", (chunk: Buffer) => {
    address ??= /http:\/\/127\.0\.0\.1:\d+/.exec(chunk.toString())?.[0];
  });
  let printed = "";
  child.stderr.on("data", (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-2000)));
  try {
    const url = (): string => `${address ?? "http://127.0.0.1:1"}/hello`;
    if (await answers(url, () => child.exitCode !== null)) return await work(url());
    console.error(`${peer.name} does not answer: ${printed}`);
    return undefined;
  } finally {
    const ended = child.exitCode === null ? once(child, "exit") : undefined;
    if (child.pid !== undefined && ended !== undefined) process.kill(-child.pid, "SIGKILL");
    await ended;
  }
}

function install({ packages, files }: Peer, folder: string): void {
  fs.mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), content);
  const description = path.join(folder, "package.json");
  if (fs.existsSync(description)) return;
  fs.writeFileSync(description, JSON.stringify({ private: true }));
  try {
    execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel", "error", ...packages], {
      cwd: folder,
      stdio: "pipe",
    });
  } catch (error) {
    fs.rmSync(description);
    throw error;
  }
}

/** Waits for half a minute for a 200. */
async function answers(url: () => string, isOver: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 150 && !isOver(); tries += 1) {
    const response = await fetch(url()).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.status === 200) return true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return false;
}

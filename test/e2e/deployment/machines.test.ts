import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { repository } from "../command";
import { changesOf, DeployedExample } from "./deployed-example";

/** Another checkout of the example: its files are made in another order and at another time. */
function checkout(
  original: string,
  folder: string,
  content: (file: string, bytes: Buffer) => Buffer = (_file, bytes) => bytes,
): string {
  for (const file of filesOf(original).reverse()) {
    const [from, to] = [path.join(original, file), path.join(folder, file)];
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.writeFileSync(to, content(file, fs.readFileSync(from)));
    fs.chmodSync(to, fs.statSync(from).mode);
    fs.utimesSync(to, new Date("2001-02-03T04:05:06Z"), new Date("2001-02-03T04:05:06Z"));
  }
  fs.symlinkSync(path.join(repository, "node_modules"), path.join(folder, "node_modules"), "dir");
  return folder;
}

function filesOf(root: string, folder = ""): string[] {
  return fs.readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === ".tandem" ? [] : filesOf(root, file);
    return entry.isFile() ? [file] : [];
  });
}

/** Makes it more than a year later for whoever asks, in which way ever. */
const laterClock = `
const { now } = Date;
const later = () => now() + 400 * 24 * 3600 * 1000;
globalThis.Date = new Proxy(Date, {
  construct: (target, args, as) => Reflect.construct(target, args.length === 0 ? [later()] : args, as),
  get: (target, key) => (key === "now" ? later : Reflect.get(target, key)),
});
`;

describe("a program that was deployed", () => {
  let example: DeployedExample;
  let elsewhere: string;

  before(async () => {
    elsewhere = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-elsewhere-"));
    example = await DeployedExample.start("ray-tracer");
    await example.up();
  });

  after(async () => {
    await example.close();
    fs.rmSync(elsewhere, { recursive: true, force: true });
  });

  it("is the same from another folder, with another clock, user, umask, locale and order of files", async () => {
    const clock = path.join(elsewhere, "clock.cjs");
    fs.writeFileSync(clock, laterClock);
    const outcome = await example.pulumi.up({
      cwd: checkout(example.folder, path.join(elsewhere, "Jane's projects", "the ray tracer")),
      umask: 0o077,
      env: {
        NODE_OPTIONS: `--require "${clock}"`,
        HOME: elsewhere,
        USER: "jane",
        LOGNAME: "jane",
        LANG: "tr_TR.UTF-8",
        LC_ALL: "tr_TR.UTF-8",
        TZ: "Pacific/Chatham",
      },
    });
    expect(changesOf(outcome)).to.be.empty;
  });

  it("has the same handlers in a checkout of Windows, whose lines end in CRLF", async () => {
    const isSource = (file: string): boolean => /\.(ts|json|yaml)$/.test(file);
    const withCrLf = (file: string, bytes: Buffer): Buffer =>
      isSource(file) ? Buffer.from(bytes.toString("utf8").replace(/\r?\n/g, "\r\n")) : bytes;
    const cwd = checkout(example.folder, path.join(elsewhere, "windows"), withCrLf);
    expect(fs.readFileSync(path.join(cwd, "index.ts"), "utf8")).to.include("\r\n");
    expect(changesOf(await example.pulumi.up({ cwd }))).to.be.empty;
  });
});

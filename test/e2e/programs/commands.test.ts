import { execFileSync, spawnSync } from "node:child_process";
import { expect } from "chai";
import * as fs from "node:fs";
import * as path from "node:path";
import { repository, tandem } from "../command";
import { imports, LocalProgram } from "./local-program";

describe("the command beside a program of plain resources", () => {
  let program: LocalProgram;
  afterEach(() => program?.close());

  it("runs commands with the stack's environment, and shows the logs of a function", async () => {
    program = await LocalProgram.up({
      "index.ts": `${imports}
        const fn = new aws.lambda.CallbackFunction("plain", { policies: [], callback: async () => console.log("printed") });
        export const name = fn.name;`,
    });
    await program.invoke(String(program.outputs["name"]));
    const shown = await tandem(["logs", "plain", "--folder", program.folder]).ended;
    expect(shown.output).to.match(/\tprinted\n/);
    const script = "process.stdout.write(process.env.AWS_ENDPOINT_URL + process.argv.slice(1))";
    const ran = await tandem(["exec", program.folder, "--", process.execPath, "-e", script, "--", "a"]).ended;
    expect([ran.code, ran.output]).to.deep.equal([0, `http://127.0.0.1:${program.engine.port}a`]);
    // They would go before the stack's address.
    const env = { AWS_ENDPOINT_URL_S3: "http://elsewhere", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" };
    const names = `process.stdout.write(String(${JSON.stringify(Object.keys(env))}.filter((name) => name in process.env)))`;
    const clean = await tandem(["exec", program.folder, "--", process.execPath, "-e", names], { env }).ended;
    expect([clean.code, clean.output]).to.deep.equal([0, ""]);
    const inside = await tandem(["exec", "--", process.execPath, "-e", script, "b"], { cwd: program.folder }).ended;
    expect([inside.code, inside.output]).to.deep.equal([0, `http://127.0.0.1:${program.engine.port}b`]);
  });

  it("finds no change in a clean tree whose functions ship packages", async () => {
    program = new LocalProgram({
      ".gitignore": "node_modules\n.tandem\n",
      "package.json": '{"name":"app","main":"index.ts","dependencies":{"greeting":"1.0.0"}}',
      "index.ts": `${imports}
        new aws.s3.Bucket("in").onObjectCreated("f", async () => console.log(require("greeting")));`,
    });
    const modules = path.join(program.folder, "node_modules");
    fs.rmSync(modules);
    for (const name of ["@pulumi", "typescript"]) {
      fs.mkdirSync(modules, { recursive: true });
      fs.symlinkSync(path.join(repository, "node_modules", name), path.join(modules, name), "dir");
    }
    program.write("node_modules/greeting/package.json", '{"name":"greeting","version":"1.0.0","main":"index.js"}');
    program.write("node_modules/greeting/index.js", "module.exports = 'hello';");
    const git = (...args: string[]): void =>
      void execFileSync("git", ["-c", "user.email=a@b", "-c", "user.name=x", ...args], { cwd: program.folder });
    git("init", "--quiet");
    git("add", "--all");
    git("commit", "--quiet", "--message", "first");
    const { code, output } = await tandem(["diff"], { cwd: program.folder }).ended;
    expect([code, output]).to.deep.equal([0, output]);
    expect(output).to.match(/app · dev: nothing has changed\n$/);
  });

  it("refuses a name that the program does not have before anything is made", async () => {
    program = new LocalProgram({
      "index.ts": `${imports}new aws.s3.Bucket("media"); new aws.s3.Bucket("archive");`,
      "a.txt": "a",
    });
    const refused = async (...options: string[]): Promise<string> => {
      const { code, output } = await tandem(["up", "--once", ...options], { cwd: program.folder }).ended;
      expect(code).to.equal(2);
      expect(output).not.to.match(/Bucket|ready/);
      return output;
    };
    const found = 'ERR_NOT_FOUND: there is no bucket of that name\n  got: "medai"\n';
    const fix = "  fix: did you mean media? There are: media, archive\n";
    expect(await refused("--put", "medai=a.txt")).to.include(found + fix);
    expect(await refused("--expect", "medai=*")).to.include(found + fix);
    expect(await refused("--expect", "nothing=*")).to.include("fix: use one of media, archive\n");
    expect(await refused("--put", "media=.")).to.include("the file to put is not there, or is a folder");
    expect(fs.readdirSync(path.join(program.folder, ".tandem", "dev", "buckets"))).to.deep.equal([]);
  });

  it("says what is wrong with a file to write, and with a command to run", async () => {
    program = await LocalProgram.up({ "index.ts": `${imports}export const id = new aws.s3.Bucket("media").id;` });
    await program.put(String(program.outputs["id"]), "a.txt", "a");
    for (const [args, message] of [
      [["get", "media", "a.txt", "none/a.txt"], "the file cannot be written\n  got: none/a.txt: ENOENT\n"],
      [["get", "media", "a.txt", ".tandem"], "the file cannot be written\n  got: .tandem: EISDIR\n"],
      [["exec", "--", "./index.ts"], "the command is no program that can be run\n  got: ./index.ts\n"],
    ] as const) {
      const { code, output } = await tandem(args, { cwd: program.folder }).ended;
      expect(output).to.include(`ERR_NOT_FOUND: ${message}`);
      expect(code).to.equal(2);
    }
  });

  it("names the Node.js that it needs where an older one loads it", () => {
    const register = path.join(repository, "engine", "monitor", "register.js");
    // As an older Node.js would load it: only its version tells.
    const script = `Object.defineProperty(process.versions, "node", { value: "20.11.0" }); require(${JSON.stringify(register)});`;
    const { status, stderr } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
    expect(status).to.equal(1);
    expect(stderr).to.match(
      /^Error: tandem needs Node\.js 22\.15 or newer; this is v[\d.]+\n {2}fix: install a newer one/m,
    );
  });
});

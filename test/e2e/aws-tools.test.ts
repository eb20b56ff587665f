import { expect } from "chai";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { copyOfExample, tandem, type Running } from "./command";

const has = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0;
const isRequired = process.env.TANDEM_REQUIRE_AWS_TOOLS === "1";

const boto3 = `
import boto3, sys
s3 = boto3.client("s3")
bucket = s3.list_buckets()["Buckets"][0]["Name"]
s3.put_object(Bucket=bucket, Key="from/boto3 ü.txt", Body=b"hello", Metadata={"a": "b"})
got = s3.get_object(Bucket=bucket, Key="from/boto3 ü.txt")
assert got["Body"].read() == b"hello" and got["Metadata"] == {"a": "b"}
s3.upload_file(sys.argv[1], bucket, "large")
assert s3.head_object(Bucket=bucket, Key="large")["ContentLength"] == 20 * 1024 * 1024
keys = [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]]
assert keys == ["from/boto3 ü.txt", "large"], keys
functions = boto3.client("lambda").list_functions()["Functions"]
assert len(functions) == 2, functions
print("boto3 ok")
`;

describe("tools of AWS against the endpoint", () => {
  let folder: string;
  let up: Running;
  let large: string;

  before(async () => {
    folder = copyOfExample();
    large = path.join(os.tmpdir(), `tandem-large-${process.pid}`);
    fs.writeFileSync(large, Buffer.alloc(20 * 1024 * 1024, "x"));
    up = tandem(["up"], { cwd: folder, env: { TANDEM_DOCKER: "off" } });
    await up.prints(/^bucket media: .*\n/m);
  });
  after(async () => {
    up.child.kill("SIGTERM");
    await up.ended;
    fs.rmSync(folder, { recursive: true });
    fs.rmSync(large);
  });

  if (isRequired || has("python3", "-c", "import boto3")) {
    it("boto3 puts, gets, uploads in parts and lists", async () => {
      const { code, output } = await tandem(["exec", "--", "python3", "-c", boto3, large], { cwd: folder }).ended;
      expect(code, output).to.equal(0);
      expect(output).to.include("boto3 ok");
    });
  }

  if (isRequired || has("aws", "--version")) {
    it("aws s3 cp copies there and back", async () => {
      const bucket = /buckets\/(media-[0-9a-f]{7})/.exec(up.output)?.[1] ?? "";
      const back = `${large}.back`;
      const cp = async (...args: string[]) => tandem(["exec", "--", "aws", "s3", "cp", ...args], { cwd: folder }).ended;
      const there = await cp(large, `s3://${bucket}/cli/large`);
      expect(there.code, there.output).to.equal(0);
      const home = await cp(`s3://${bucket}/cli/large`, back);
      expect(home.code, home.output).to.equal(0);
      expect(fs.readFileSync(back).equals(fs.readFileSync(large))).to.equal(true);
      fs.rmSync(back);
    });
  }
});

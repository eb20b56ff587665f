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

  const exec = async (...args: string[]): Promise<string> => {
    const { code, output } = await tandem(["exec", "--", ...args], { cwd: folder }).ended;
    expect(code, `${args.join(" ")}: ${output}`).to.equal(0);
    return output;
  };
  const bucketOf = (): string => /buckets\/(media-[0-9a-f]{7})/.exec(up.output)?.[1] ?? "";

  for (const { version, aws } of commandLines()) {
    // Versions before 1.29 and 2.13 know no AWS_ENDPOINT_URL.
    const cli = (...args: string[]) =>
      exec("sh", "-c", 'exec "$0" --endpoint-url "$AWS_ENDPOINT_URL" "$@"', aws, ...args);
    const name = `made-by-${version.replace(/\W+/g, "-")}`;

    it(`${version} copies there, from bucket to bucket, and back`, async () => {
      const back = `${large}.back`;
      await cli("sts", "get-caller-identity");
      await cli("s3", "mb", `s3://${name}`);
      await cli("s3", "cp", large, `s3://${bucketOf()}/cli/large`);
      await cli("s3", "cp", `s3://${bucketOf()}/cli/large`, `s3://${name}/copied`);
      await cli("s3", "sync", `s3://${bucketOf()}/cli`, `s3://${name}/synced`);
      await cli("s3", "mv", `s3://${name}/copied`, `s3://${name}/moved`);
      await cli("s3", "cp", `s3://${name}/moved`, back);
      expect(fs.readFileSync(back).equals(fs.readFileSync(large))).to.equal(true);
      expect(await cli("s3", "ls", `s3://${name}`)).to.match(/moved/);
      await cli("s3", "rb", `s3://${name}`, "--force");
      fs.rmSync(back);
    });

    it(`${version} asks about a bucket, and is told what does not run here`, async () => {
      for (const question of ["get-bucket-versioning", "get-bucket-acl", "get-bucket-encryption"])
        await cli("s3api", question, "--bucket", bucketOf());
      await cli("logs", "describe-log-groups");
      expect(await cli("sns", "list-topics").catch(String)).to.contain(
        'The service "sns" does not run on this machine',
      );
    });
  }

  if (has("rclone", "version")) {
    it("rclone copies, checks, moves and removes", async () => {
      const file = path.join(folder, "rclone.conf");
      fs.writeFileSync(file, "[here]\ntype = s3\nprovider = Other\nenv_auth = true\nregion = us-east-1\n");
      const source = path.join(folder, "rclone");
      fs.mkdirSync(source);
      fs.copyFileSync(large, path.join(source, "large"));
      // rclone knows no AWS_ENDPOINT_URL.
      const rclone = (...args: string[]) =>
        exec(
          "sh",
          "-c",
          'unset AWS_CA_BUNDLE; exec rclone --s3-endpoint "$AWS_ENDPOINT_URL" "$@"',
          "rclone",
          "--config",
          file,
          ...args,
        );
      await rclone("copy", source, `here:${bucketOf()}/rclone`);
      await rclone("check", source, `here:${bucketOf()}/rclone`);
      await rclone("moveto", `here:${bucketOf()}/rclone/large`, `here:${bucketOf()}/rclone2/large`);
      expect(await rclone("ls", `here:${bucketOf()}/rclone2`)).to.contain("large");
      await rclone("purge", `here:${bucketOf()}/rclone2`);
    });
  }

  if (has("s3cmd", "--version")) {
    it("s3cmd puts in parts, describes, gets and deletes", async () => {
      const script = `
        host=\${AWS_ENDPOINT_URL#http://}
        exec s3cmd --config=/dev/null --access_key="$AWS_ACCESS_KEY_ID" --secret_key="$AWS_SECRET_ACCESS_KEY" \\
          --host="$host" --host-bucket="$host" --no-ssl --no-progress "$@"`;
      const s3cmd = (...args: string[]) => exec("sh", "-c", script, "s3cmd", ...args);
      const back = `${large}.s3cmd`;
      await s3cmd("put", large, `s3://${bucketOf()}/s3cmd`);
      expect(await s3cmd("info", `s3://${bucketOf()}/s3cmd`)).to.contain("AES256");
      await s3cmd("info", `s3://${bucketOf()}`);
      await s3cmd("get", `s3://${bucketOf()}/s3cmd`, back);
      expect(fs.readFileSync(back).equals(fs.readFileSync(large))).to.equal(true);
      await s3cmd("del", `s3://${bucketOf()}/s3cmd`);
      fs.rmSync(back);
    });
  }
});

/** Every version of the AWS CLI on this machine: the first and the second differ in what they ask. */
function commandLines(): { version: string; aws: string }[] {
  const found = spawnSync("which", ["-a", "aws"], { encoding: "utf8" }).stdout.split("\n");
  const byVersion = new Map<string, string>();
  for (const aws of found.filter((each) => each !== "")) {
    const { stdout, status } = spawnSync(aws, ["--version"], { encoding: "utf8" });
    const version = /^aws-cli\/\d+/.exec(stdout)?.[0];
    if (status === 0 && version !== undefined && !byVersion.has(version)) byVersion.set(version, aws);
  }
  if (isRequired && byVersion.size === 0) throw new Error("the AWS CLI is not installed");
  return [...byVersion].map(([version, aws]) => ({ version, aws }));
}

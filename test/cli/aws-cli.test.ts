import { expect } from "chai";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { checkAwsCli } from "../../cli/aws-cli";
import { EngineError } from "../../engine/errors";

describe("the version of the AWS CLI", () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-aws-cli-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  /** The error where a CLI on PATH prints this as its version. */
  const refusal = async (printed: string, command = "aws"): Promise<EngineError | undefined> => {
    const script = `#!/bin/sh\n[ "$*" = --version ] && echo '${printed}' >&2\n`;
    fs.writeFileSync(path.join(folder, "aws"), script, { mode: 0o755 });
    try {
      await checkAwsCli(command, { PATH: `${folder}:${process.env.PATH}` });
    } catch (error) {
      if (error instanceof EngineError) return error;
      throw error;
    }
    return undefined;
  };

  for (const version of ["1.28.99", "1.18.147", "2.12.7", "2.0.0dev3", "0.9.1"]) {
    it(`is refused where it ignores AWS_ENDPOINT_URL: ${version}`, async () => {
      const error = await refusal(`aws-cli/${version} Python/3.8.8 Linux/5.4 botocore/1.20`);
      expect(error).to.include({ code: "ERR_AWS_CLI_VERSION", got: `aws-cli/${version}` });
      expect(error?.fix).to.match(/2\.13 or newer, or 1\.29 or newer/);
    });
  }

  for (const version of ["1.29.0", "1.45.11", "2.13.0", "2.31.4", "3.0.0"]) {
    it(`is taken where it heeds it: ${version}`, async () => {
      expect(await refusal(`aws-cli/${version} Python/3.11.7 Linux/6.1 botocore/1.43`)).to.equal(undefined);
    });
  }

  it("is looked at however the CLI was named, and only of the CLI", async () => {
    expect(await refusal("aws-cli/2.1.0", path.join(folder, "aws"))).to.have.property("code", "ERR_AWS_CLI_VERSION");
    expect(await refusal("aws-cli/2.1.0", "node")).to.equal(undefined);
    expect(await refusal("something else")).to.equal(undefined);
    expect(await refusal("aws-cli/2.1.0", path.join(folder, "none", "aws"))).to.equal(undefined);
  });
});

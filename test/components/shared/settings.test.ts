import { expect } from "chai";
import { TandemError } from "../../../components";
import { settings, type Settings } from "../../../components/shared/settings";
import { record } from "../../../testing";

/** What a program reads where its stack is set to `config`. */
async function read(config: Readonly<Record<string, string>>): Promise<Settings | undefined> {
  let found: Settings | undefined;
  // This repository is a project named tandem, whose keys would be settings of the library.
  await record(() => void (found = settings()), { config, project: "app" });
  return found;
}

const defaults = { platform: "aws", nodeVersion: "24", logRetention: 14, architecture: undefined, vpc: undefined };

const refused = {
  "days that CloudWatch Logs does not know": ["logRetention", "11", "ERR_ARGUMENT_RANGE", / 7 \| 14 \| 30 /],
  "days that are no number": ["logRetention", "a year", "ERR_ARGUMENT_RANGE", / 365 /],
  "a version of Node.js that Lambda has not": ["nodeVersion", "19", "ERR_ARGUMENT_RANGE", /24 \| 22/],
  "a processor that there is not": ["architecture", "arm", "ERR_ARGUMENT_RANGE", /arm64 \| x64/],
  "what is no VPC": ["vpc", "subnet-0123456789abcdef0", "ERR_ARGUMENT_TYPE", /set tandem:vpc vpc-/],
  "a setting that is misspelt": [
    "logretention",
    "30",
    "ERR_ARGUMENT_UNKNOWN",
    /mean tandem:logRetention\? .*config rm/,
  ],
  "a setting that is none": [
    "colour",
    "blue",
    "ERR_ARGUMENT_UNKNOWN",
    /there are: platform, .*config rm tandem:colour/,
  ],
} as const;

describe("a stack's settings", () => {
  it("are the defaults where nothing is set, whatever other packages are set to", async () => {
    expect(await read({ "aws:region": "eu-west-1", size: "3" })).to.deep.equal(defaults);
  });

  it("are what they are set to", async () => {
    const config = { "tandem:logRetention": "0", "tandem:architecture": "x64", "tandem:vpc": "vpc-0123456789abcdef0" };
    const set = { logRetention: 0, architecture: "x64", vpc: "vpc-0123456789abcdef0" };
    expect(await read(config)).to.deep.equal({ ...defaults, ...set });
  });

  for (const [what, [key, value, code, fix]] of Object.entries(refused)) {
    it(`refuse ${what}`, async () => {
      const error: unknown = await read({ [`tandem:${key}`]: value }).catch((thrown: unknown) => thrown);
      if (!(error instanceof TandemError)) throw new Error("it was taken");
      expect(error.problems.map((problem) => problem.code)).to.deep.equal([code]);
      expect(error.problems[0]?.got).to.include(`tandem:${key}`);
      expect(error.problems[0]?.fix).to.match(fix);
    });
  }
});

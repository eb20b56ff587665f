import { expect } from "chai";
import { TandemError } from "../../../components";
import { checkPeers, installedManifest } from "../../../components/shared/peers";

const peerDependencies = { "@pulumi/aws": "^7.2.0", typescript: ">=5.0.4 <7" };

/** What is refused where these versions are installed. */
function refused(installed: Readonly<Record<string, string>>): (string | undefined)[] {
  try {
    checkPeers((name) => {
      if (name === "tandem") return { version: "1.0.0", peerDependencies };
      const version = installed[name];
      if (version === undefined) throw new Error(`Cannot find module '${name}/package.json'`);
      return { version };
    });
  } catch (error) {
    if (!(error instanceof TandemError)) throw error;
    expect(error.problems.map(({ code }) => code)).to.satisfy((codes: string[]) =>
      codes.every((code) => code === "ERR_PEER_VERSION"),
    );
    return error.problems.map(({ got }) => got);
  }
  return [];
}

describe("checkPeers", () => {
  it("takes what is installed here", () => {
    checkPeers(installedManifest);
  });

  it("takes both ends of the ranges, and builds between releases", () => {
    expect(refused({ "@pulumi/aws": "7.2.0", typescript: "6.0.3" })).to.be.empty;
    expect(refused({ "@pulumi/aws": "7.99.0", typescript: "5.0.4" })).to.be.empty;
    expect(refused({ "@pulumi/aws": "7.24.0-alpha.1773817137", typescript: "5.9.3" })).to.be.empty;
  });

  it("refuses what is older or newer, all of it together", () => {
    expect(refused({ "@pulumi/aws": "6.83.4", typescript: "7.0.2" })).to.deep.equal([
      "@pulumi/aws 6.83.4",
      "typescript 7.0.2",
    ]);
  });

  it("refuses what is not there, and says how to install it", () => {
    expect(refused({ "@pulumi/aws": "7.2.0" })).to.deep.equal(["typescript is not installed"]);
    expect(() => checkPeers((name) => ({ version: name === "tandem" ? "1.0.0" : "4.9.5", peerDependencies })))
      .to.throw(TandemError)
      .with.property("message")
      .that.includes('npm install "typescript@>=5.0.4 <7"');
  });
});

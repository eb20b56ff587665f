import { expect } from "chai";

import { exitCodeOf } from "../../cli/exit";
import { EngineError } from "../../engine/errors";

describe("The exit code of a command that has failed", () => {
  const codeOf = (code: string): number =>
    exitCodeOf(new EngineError(code as EngineError["code"], "wrong", "do otherwise"));

  it("is 2 where the command was used wrongly: scripts tell that from a program that fails", () => {
    const codes = [
      ...["ERR_PROJECT_MISSING", "ERR_PROJECT_RUNTIME", "ERR_PROJECT_FILE", "ERR_STACK_NAME", "ERR_STACK_NOT_RUNNING"],
      ...["ERR_STACK_RUNNING", "ERR_PORT_IN_USE", "ERR_DATA_FOLDER", "ERR_CONFIG_VALUE", "ERR_CONFIG_SECRET"],
      ...["ERR_NOT_FOUND", "ERR_SEND_REFUSED", "ERR_REDRIVE_REFUSED", "ERR_DEPLOYED_STACK", "ERR_AWS_CREDENTIALS"],
      ...["ERR_AWS_CLI_VERSION"],
      ...["ERR_DIFF_REPOSITORY", "ERR_DIFF_REF", "ERR_REVIEW_INPUT"],
    ];
    for (const code of codes) expect(codeOf(code), code).to.equal(2);
  });

  it("is 1 where the program, or the engine, has failed", () => {
    for (const code of ["ERR_PROGRAM_FAILED", "ERR_RESOURCE_FAILED"]) expect(codeOf(code), code).to.equal(1);
    expect(exitCodeOf(new Error("anything"))).to.equal(1);
  });
});

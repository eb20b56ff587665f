import { expect } from "chai";
import { TandemError } from "../../../components/shared/errors";

describe("TandemError", () => {
  const error = (): TandemError =>
    new TandemError([
      { code: "ERR_ARGUMENT_RANGE", message: "a first thing is wrong", got: "a = 1", fix: "use 2" },
      { code: "ERR_ARGUMENT_UNKNOWN", message: "another one as well", fix: "leave it out\nor name it b" },
    ]);

  it("names all problems together, with what was given, what to write, and where to read on", () => {
    expect(error().code).to.equal("ERR_ARGUMENT_RANGE");
    expect(error().message).to.equal(`ERR_ARGUMENT_RANGE: a first thing is wrong
  got: a = 1
  fix: use 2
  see: docs/errors.md#err_argument_range

ERR_ARGUMENT_UNKNOWN: another one as well
  fix: leave it out
       or name it b
  see: docs/errors.md#err_argument_unknown`);
  });

  it("stays as it is where the SDK writes in front what it was serializing", () => {
    const refused: Error = error();
    refused.message = `error serializing property "policy": ${refused.message}`;
    expect(refused.message).to.match(/^ERR_ARGUMENT_RANGE: /);
    expect(String(refused)).to.match(/^TandemError: ERR_ARGUMENT_RANGE: /);
  });
});

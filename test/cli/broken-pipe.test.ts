import { expect } from "chai";
import { EventEmitter } from "node:events";
import * as sinon from "sinon";
import { endWithReader } from "../../cli/broken-pipe";

describe("a command whose output nobody reads any more", () => {
  const command = () => {
    const fake = Object.assign(new EventEmitter(), { stdout: new EventEmitter(), exit: sinon.spy() });
    endWithReader(fake as unknown as NodeJS.Process);
    return fake;
  };
  const broken = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });

  it("ends with 0", () => {
    const { stdout, exit } = command();
    stdout.emit("error", broken);
    expect(exit.args).to.deep.equal([[0]]);
  });

  it("is told to end, once, if it wants to do so tidily", () => {
    const fake = command();
    const asked = sinon.spy();
    fake.on("SIGTERM", asked);
    fake.stdout.emit("error", broken);
    fake.stdout.emit("error", broken);
    expect(asked.callCount).to.equal(1);
    expect(fake.exit.callCount).to.equal(0);
  });

  it("still fails for other reasons", () => {
    const { stdout } = command();
    expect(() => stdout.emit("error", new Error("disk full"))).to.throw("disk full");
  });
});

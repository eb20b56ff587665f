import { expect } from "chai";
import { progressLine } from "../../cli/progress";

describe("a line of progress", () => {
  const run = (isTTY: boolean, seconds: readonly number[]): string => {
    let time = 0;
    let written = "";
    const write = (text: string | Uint8Array): boolean => ((written += String(text)), true);
    const line = progressLine({ isTTY, write }, () => time);
    for (const second of seconds) {
      time = second * 1000;
      line.show(`at ${second}`);
    }
    line.clear();
    line.clear();
    return written;
  };

  it("is shown on a terminal after a second, replaced, and taken back in the end", () => {
    expect(run(true, [0, 0.9, 1, 2])).to.equal("\r\u001b[Kat 1\r\u001b[Kat 2\r\u001b[K");
  });

  it("is not shown for what is over within a second, nor in a pipe", () => {
    expect(run(true, [0, 0.9])).to.equal("");
    expect(run(false, [0, 5])).to.equal("");
  });
});

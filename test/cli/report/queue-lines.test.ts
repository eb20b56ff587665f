import { expect } from "chai";
import { stripVTControlCharacters } from "node:util";
import { deadLetterText, redeliveryText } from "../../../cli/report/queue-lines";

describe("the report's lines about queues", () => {
  const text = (more: object): string =>
    stripVTControlCharacters(
      redeliveryText({
        ...{ type: "redelivery", time: 0, name: "jobs", handler: "onJob", message: "0b6f0a4e-9d7e" },
        ...{ received: 1, limit: 3, milliseconds: 5200, asked: false },
        ...more,
      }),
    );

  it("say how often a message has failed, and when it comes again", () => {
    expect(text({})).to.equal("message 0b6f0a4e… failed in onJob (1 of 3); comes again in 6 s");
    expect(text({ limit: undefined, milliseconds: 0 })).to.equal(
      "message 0b6f0a4e… failed in onJob (1); comes again at once",
    );
  });

  it("say when it was the last time", () => {
    expect(text({ received: 3 })).to.equal("message 0b6f0a4e… failed in onJob for the last time; given up in 6 s");
    expect(text({ received: 4, asked: true })).to.match(/for the last time/);
  });

  it("do not call it a failure where the handler asked for it", () => {
    expect(text({ asked: true })).to.equal("message 0b6f0a4e… comes again in 6 s, as onJob asked");
  });

  it("say where dead letters are", () => {
    const shown = [undefined, "tandem ls jobs-dead-letter shows them"].map((hint) =>
      stripVTControlCharacters(deadLetterText("received 3 times without success", hint)),
    );
    expect(shown).to.deep.equal([
      "given up: received 3 times without success; kept in its dead letters",
      "given up: received 3 times without success; kept in its dead letters (tandem ls jobs-dead-letter shows them)",
    ]);
  });
});

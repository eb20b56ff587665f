import { expect } from "chai";
import { stripVTControlCharacters } from "node:util";
import { followedText, logText } from "../../cli/log-text";
import type { InvocationOutcome } from "../../engine/services/engine-events";
import type { LogNote } from "../../engine/services/logs/stream-file";

describe("a line of tandem logs", () => {
  const shown = (message: string, note?: LogNote): string | undefined => {
    const text = logText({ timestamp: 0, ingestionTime: 0, message, ...(note && { note }) });
    return text && stripVTControlCharacters(text);
  };

  it("says how an invocation ended in the words of tandem up", () => {
    const ended = (outcome: InvocationOutcome): string | undefined => shown("REPORT", { kind: "end", outcome });
    expect(ended({ status: "succeeded", milliseconds: 6.52 })).to.equal("done in 7 ms");
    expect(ended({ status: "timed-out", milliseconds: 1000 })).to.equal("timed out in 1000 ms");
    const stack = "Error: no\n    at f (index.ts:1:2)";
    const failed = { status: "failed", milliseconds: 7, error: "Error: no" } as const;
    expect(ended({ ...failed, stack })).to.equal(`failed in 7 ms: ${stack}`);
    expect(ended(failed)).to.equal("failed in 7 ms: Error: no");
    const unprocessed = { failed: 1, asked: 0, of: 1 };
    expect(ended({ status: "succeeded", milliseconds: 7, unprocessed })).to.equal("failed in 7 ms: 1 of 1 message");
    expect(ended({ status: "succeeded", milliseconds: 7, unfinished: "timer" })).to.equal(
      "done in 7 ms; work under way (a timer) stands still until the next event, as on Lambda: await what has to be done",
    );
    expect(shown("START", { kind: "platform" })).to.equal(undefined);
  });

  it("is what was printed, of an error its stack trace", () => {
    const record = (message: unknown): string | undefined => shown(JSON.stringify({ level: "INFO", message }));
    expect(record("hello")).to.equal("hello");
    expect(record({ a: 1 })).to.equal('{"a":1}');
    expect(record(null)).to.equal("null");
    const stackTrace = ["Error: no", "    at f (index.ts:1:2)"];
    expect(record({ errorType: "Error", errorMessage: "no", stackTrace })).to.equal(stackTrace.join("\n"));
    for (const text of ["plain", '{"message":"of its own"}', "null", "[1]", "5"]) expect(shown(text)).to.equal(text);
  });

  it("that comes while somebody looks has an error once, with the invocation's end", () => {
    const log = { type: "log", source: "function", name: "f", line: "Error: no", time: 0 } as const;
    expect(followedText(log)).to.deep.equal({ name: "f", text: "Error: no" });
    expect(followedText({ ...log, ends: true })).to.equal(undefined);
    const invocation = { type: "invocation", name: "f", requestId: "r", time: 0 } as const;
    expect(followedText({ ...invocation, status: "started" })).to.equal(undefined);
    expect(followedText({ ...invocation, status: "failed", error: "Error: no" })?.text).to.include("failed: Error: no");
    expect(followedText({ type: "notice", level: "info", message: "x", time: 0 })).to.equal(undefined);
  });
});

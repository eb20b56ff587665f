import { expect } from "chai";
import { expandWord, splitWords } from "../../../../../engine/services/tasks/images/dockerfile-words";

describe("The words of a Dockerfile", () => {
  const lookup = (name: string) => ({ SET: "value", EMPTY: "", PATH: "/bin" })[name];

  for (const [text, expected] of [
    ["plain", "plain"],
    ["$SET/${SET}", "value/value"],
    ["$NONE-${NONE}", "-"],
    ["${NONE:-${SET}s}", "values"],
    ["${EMPTY:-x}${EMPTY-y}", "x"],
    ["${SET:+y}${EMPTY:+n}${EMPTY+z}", "yz"],
    ["\\$SET", "$SET"],
    ["'$SET'", "$SET"],
    ['"$SET \\" \\n"', 'value " \\n'],
    ["a b", "a b"],
    ["/app:$PATH", "/app:/bin"],
    ["$", "$"],
  ] as const)
    it(`reads ${text} as ${expected}`, () => expect(expandWord(text, lookup)).to.equal(expected));

  for (const [text, expected] of [
    ["a  b\tc", ["a", "b", "c"]],
    ['A="two words" B=it\\ is', ["A=two words", "B=it is"]],
    ["C='$SET' D=$SET", ["C=$SET", "D=value"]],
    ["", []],
  ] as const)
    it(`splits ${text || "nothing"}`, () => expect(splitWords(text, lookup)).to.deep.equal(expected));

  for (const [text, message] of [
    ["'open", "single quote is not closed"],
    ['"open', "double quote is not closed"],
    ["${SET#v}", "this use of a variable is not supported"],
    ["${NONE:?is needed}", "NONE: is needed"],
  ] as const)
    it(`refuses ${text}`, () => expect(() => expandWord(text, lookup)).to.throw(message));

  it("takes another escape character", () => expect(expandWord("C:\\dir`$SET", lookup, "`")).to.equal("C:\\dir$SET"));
});

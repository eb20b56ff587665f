import { expect } from "chai";
import { compileEventPattern } from "../../../../engine/services/events/event-pattern";

/** A pattern for the field `x`, values of `x` that match (undefined: absent), and values that do not. */
type Case = [title: string, pattern: unknown[], matching: unknown[], other: unknown[]];

const cases: Case[] = [
  ["exact strings", ["a", "b"], ["a", "b", ["z", "b"]], ["c", "A", "", undefined, null, ["c"], {}]],
  ["exact numbers, however written", [300], [300, 3e2, [1, 300]], ["300", 301, undefined]],
  ["true, false and null", [true, null], [true, null], [false, "true", "null", undefined, 0]],
  ["the empty string", [""], [""], [null, undefined, " "]],
  ["prefix", [{ prefix: "us-" }], ["us-", "us-east-1", ["eu", "us-x"]], ["eus-", "US-", 5, undefined]],
  ["prefix, ignoring case", [{ prefix: { "equals-ignore-case": "EventB" } }], ["eventbridge", "EVENTB"], ["xeventb"]],
  ["suffix", [{ suffix: ".png" }], [".png", "a.png"], ["a.PNG", "png", ".png ", null]],
  ["suffix, ignoring case", [{ suffix: { "equals-ignore-case": ".png" } }], ["a.PnG"], ["a.jpg"]],
  ["equals-ignore-case", [{ "equals-ignore-case": "aLiCe" }], ["ALICE", "alice"], ["alices", 1, undefined]],
  ["anything-but a string", [{ "anything-but": "a" }], ["b", 1, null, true, ["a", "b"]], ["a", undefined, [], ["a"]]],
  ["anything-but a number", [{ "anything-but": 123 }], [124, "123"], [123, undefined]],
  ["anything-but a list", [{ "anything-but": ["a", "b"] }], ["c"], ["a", "b", ["a", "b"]]],
  ["anything-but numbers", [{ "anything-but": [1, 2] }], [3, "1"], [1, 2]],
  ["anything-but prefix", [{ "anything-but": { prefix: "us-" } }], ["eu-", 1], ["us-1", undefined]],
  ["anything-but prefixes", [{ "anything-but": { prefix: ["a", "b"] } }], ["c"], ["a1", "b1"]],
  ["anything-but suffix", [{ "anything-but": { suffix: [".png", ".gif"] } }], ["a.jpg"], ["a.png", "a.gif"]],
  ["anything-but, ignoring case", [{ "anything-but": { "equals-ignore-case": ["ab", "c"] } }], ["b"], ["AB", "C"]],
  ["anything-but wildcard", [{ "anything-but": { wildcard: "*/lib/*" } }], ["/a/b"], ["/a/lib/b"]],
  ["anything-but wildcards", [{ "anything-but": { wildcard: ["*a", "b*"] } }], ["c"], ["xa", "bx"]],
  ["a number equal", [{ numeric: ["=", 3.5] }], [3.5], [3, "3.5", undefined]],
  ["a number below", [{ numeric: ["<", 10] }], [9.99, -1e9], [10, "5"]],
  ["a range of numbers", [{ numeric: [">", 0, "<=", 5] }], [0.1, 5, [9, 3]], [0, 5.1, "3", null]],
  ["addresses in a range", [{ cidr: "10.0.0.0/24" }], ["10.0.0.0", "10.0.0.255"], ["10.0.1.0", "::1", "10.0.0.x", 10]],
  ["IPv6 addresses", [{ cidr: "2001:db8::/32" }], ["2001:db8::1"], ["2001:db9::1", "10.0.0.1"]],
  ["exists", [{ exists: true }], ["", 0, false, null, ["a"]], [undefined, {}, { y: 1 }, [], [{}]]],
  ["does not exist", [{ exists: false }], [undefined, {}, []], ["", null, ["a"]]],
  [
    "a wildcard",
    [{ wildcard: "dir/*.png" }],
    ["dir/a.png", "dir/.png", "dir/a/b.png"],
    ["dir/a.jpg", "xdir/a.png", "dir.png"],
  ],
  ["several wildcards", [{ wildcard: "a*b*c" }], ["abc", "a-b-b-c", "abcbc"], ["ac", "acb", "abcd", "aXc"]],
  ["a wildcard whose ends may not overlap", [{ wildcard: "aba*aba" }], ["abaaba", "aba-aba"], ["aba", "ababa"]],
  ["a wildcard whose parts may not overlap", [{ wildcard: "*ab*b" }], ["abb", "ab-b"], ["ab"]],
  ["only a wildcard", [{ wildcard: "*" }], ["", "a"], [1, undefined]],
  ["escaped wildcards", [{ wildcard: "a\\*b\\\\*" }], ["a*b\\", "a*b\\x"], ["axb\\", "a*b"]],
  ["one of several comparisons", [{ prefix: "a" }, { numeric: [">", 5] }, "z"], ["ab", 6, "z"], ["b", 5]],
];

describe("Event patterns", () => {
  for (const [title, pattern, matching, other] of cases) {
    it(`match ${title}`, () => {
      const matches = compileEventPattern(JSON.stringify({ x: pattern }));
      for (const x of matching) expect(matches({ x }), JSON.stringify(x)).to.equal(true);
      for (const x of other) expect(matches({ x }), JSON.stringify(x)).to.equal(false);
    });
  }

  const matches = (pattern: unknown, event: unknown) => compileEventPattern(JSON.stringify(pattern))(event);

  it("ask for all of their fields, at any depth", () => {
    const pattern = {
      source: ["aws.s3"],
      detail: { bucket: { name: ["media"] }, object: { key: [{ suffix: ".mp4" }] } },
    };
    const event = {
      source: "aws.s3",
      extra: 1,
      detail: { bucket: { name: "media" }, object: { key: "a.mp4", size: 3 } },
    };
    expect(matches(pattern, event)).to.equal(true);
    expect(matches(pattern, { ...event, source: "aws.ec2" })).to.equal(false);
    expect(matches(pattern, { ...event, detail: { bucket: { name: "media" } } })).to.equal(false);
    expect(matches(pattern, { ...event, detail: "media" })).to.equal(false);
  });

  it("ask for the fields of one and the same element of an array", () => {
    const event = { list: [{ a: 1, b: 2 }, { a: 3, b: 4 }, "text"] };
    expect(matches({ list: { a: [3], b: [4] } }, event)).to.equal(true);
    expect(matches({ list: { a: [1], b: [4] } }, event)).to.equal(false);
    expect(matches({ list: { a: [{ exists: false }] } }, event)).to.equal(false);
    expect(matches({ list: { a: [{ exists: false }] } }, { list: [{ a: 1 }, { b: 2 }] })).to.equal(false);
    expect(matches({ list: { c: [{ exists: false }] } }, event)).to.equal(true);
    expect(matches({ list: { a: [{ exists: false }] } }, {})).to.equal(true);
  });

  it("ask with $or for one of several, beside the others", () => {
    const pattern = { source: ["s"], $or: [{ a: [1] }, { b: { c: [2] }, d: [3] }] };
    expect(matches(pattern, { source: "s", a: 1 })).to.equal(true);
    expect(matches(pattern, { source: "s", b: { c: 2 }, d: 3 })).to.equal(true);
    expect(matches(pattern, { source: "s", b: { c: 2 } })).to.equal(false);
    expect(matches(pattern, { source: "x", a: 1 })).to.equal(false);
    expect(matches({ x: { $or: [{ a: [1] }, { $or: [{ b: [2] }, { c: [3] }] }] } }, { x: { c: 3 } })).to.equal(true);
  });

  it("take $or for a field where it holds comparisons", () => {
    expect(matches({ $or: [{ prefix: "a" }, { suffix: "b" }] }, { $or: "xb" })).to.equal(true);
  });

  // One that tried all ways to split the text would not come to its end.
  it("match a long text against wildcards", () => {
    const pattern = compileEventPattern(JSON.stringify({ x: [{ wildcard: "a*a*a*a*b" }] }));
    expect(pattern({ x: "a".repeat(200_000) })).to.equal(false);
  });

  it("are refused as too complex where a text may match many of their beginnings at once", () => {
    const wildcards = (...texts: string[]) =>
      compileEventPattern(JSON.stringify({ x: texts.map((wildcard) => ({ wildcard })) }));
    const complex = [
      ["a*a*a*a*a*a*a*a*a*a*a*a*b"],
      ["*aaaaaaaaaaaaaaaaaaaa*"],
      ["*/datasync/*.bif", "*/datasync/*.tif", "*/datasync/*.tiff", "*/datasync/*.svs"],
    ];
    for (const texts of complex) expect(() => wildcards(...texts), texts.join()).to.throw("Rule is too complex");
    expect(() => compileEventPattern(JSON.stringify({ x: [{ "anything-but": { wildcard: complex[2] } }] }))).to.throw();
    // Taken by EventBridge, as users have found.
    for (const texts of [
      ["*/datasync/*.bif", "*/datasync/*.tif"],
      ["*.bif", "*.tiff", "*.tif", "*.svs"],
    ])
      wildcards(...texts);
  });

  it("take a name with dots for the path that it spells, in patterns and in events", () => {
    expect(matches({ "detail.type": ["a"] }, { detail: { type: "a" } })).to.equal(true);
    expect(matches({ detail: { type: ["a"] } }, { "detail.type": "a" })).to.equal(true);
    expect(matches({ detail: { "a.b": { c: [1] } } }, { "detail.a": { "b.c": 1 } })).to.equal(true);
    expect(matches({ "detail.type": ["a"] }, { detail: { type: "b" } })).to.equal(false);
    expect(matches({ "a.b": [1], a: { c: [2] } }, { a: { b: 1, c: 2 } })).to.equal(true);
    expect(matches({ "a.b": [1] }, { "a.b": 2, a: { b: 1 } })).to.equal(true);
  });

  for (const [reason, pattern] of [
    ["is not JSON", "{"],
    ["is no object", "[]"],
    ["is empty", "{}"],
    ["has an empty object", { x: {} }],
    ["has an empty list", { x: [] }],
    ["has a value that is no list", { x: "a" }],
    ["has a list in a list", { x: [["a"]] }],
    ["has an unknown comparison", { x: [{ like: "a" }] }],
    ["has two comparisons in one", { x: [{ prefix: "a", suffix: "b" }] }],
    ["compares a prefix with a number", { x: [{ prefix: 1 }] }],
    ["has an unknown form of prefix", { x: [{ prefix: { wildcard: "a" } }] }],
    ["has consecutive wildcards", { x: [{ wildcard: "a**b" }] }],
    ["escapes what needs no escape", { x: [{ wildcard: "a\\b" }] }],
    ["has an empty prefix in anything-but", { x: [{ "anything-but": { prefix: "" } }] }],
    ["mixes types in anything-but", { x: [{ "anything-but": ["a", 1] }] }],
    ["has null in anything-but", { x: [{ "anything-but": null }] }],
    ["has an empty anything-but", { x: [{ "anything-but": [] }] }],
    ["has numeric in anything-but", { x: [{ "anything-but": { numeric: ["=", 1] } }] }],
    ["has an unknown numeric operator", { x: [{ numeric: ["!=", 1] }] }],
    ["has a numeric range upside down", { x: [{ numeric: [">", 5, "<", 1] }] }],
    ["has a numeric range with its ends swapped", { x: [{ numeric: ["<", 5, ">", 1] }] }],
    ["has a numeric range of two lower ends", { x: [{ numeric: [">", 1, ">", 5] }] }],
    ["has a numeric range of two upper ends", { x: [{ numeric: ["<", 1, "<", 5] }] }],
    ["has an empty numeric range", { x: [{ numeric: [">", 5, "<=", 5] }] }],
    ["has no numeric operator", { x: [{ numeric: [] }] }],
    ["has a third end of a numeric range", { x: [{ numeric: [">", 1, "<", 5, "<", 7] }] }],
    ["has a number out of range", { x: [{ numeric: ["<", 5e10] }] }],
    ["has a malformed range of addresses", { x: [{ cidr: "10.0.0.0" }] }],
    ["has a range of addresses that is too narrow", { x: [{ cidr: "10.0.0.0/33" }] }],
    ["has exists without a boolean", { x: [{ exists: "yes" }] }],
  ] as [string, unknown][]) {
    it(`are refused when a pattern ${reason}`, () => {
      const text = typeof pattern === "string" ? pattern : JSON.stringify(pattern);
      expect(() => compileEventPattern(text))
        .to.throw("Event pattern is not valid. Reason: ")
        .with.property("code", "InvalidEventPatternException");
    });
  }
});

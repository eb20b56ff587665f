import { expect } from "chai";

import { compileFilterPattern } from "../../../../engine/services/logs/filter-pattern";

const line = JSON.stringify({
  level: "error",
  code: 503,
  ok: false,
  none: null,
  user: { id: "u-17", roles: ["admin", "dev"] },
  items: [{ price: 5 }, { price: 50 }],
  "a-b": "x",
});
const access = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';

describe("Filter patterns of logs", () => {
  const cases: readonly (readonly [pattern: string, message: string, expected: boolean])[] = [
    ["", "anything", true],
    ["ERROR", "[ERROR] x", true],
    ["ERROR", "[error] x", false],
    ["ERROR failed", "ERROR: it failed", true],
    ["ERROR failed", "ERROR", false],
    ['"it failed"', "ERROR: it failed", true],
    ["?ERROR ?WARN", "WARN", true],
    ["?ERROR ?WARN", "INFO", false],
    ["?ERROR WARN", "WARN", true],
    ["?ERROR WARN", "ERROR", false],
    ["ERROR -EXIT", "ERROR 1", true],
    ["ERROR -EXIT", "ERROR EXIT", false],
    ['-"a b"', "a c", true],
    ["%AUTHORIZED%", "UNAUTHORIZED", true],
    ["%^GET [0-9]+$%", "GET 12", true],
    ["%^GET [0-9]+$%", "PUT 12", false],
    ['{ $.level = "error" }', line, true],
    ["{ $.level = error }", line, true],
    ['{ $.level = "err*" }', line, true],
    ["{ $.level != error }", line, false],
    ["{ $.code >= 500 && $.code < 600 }", line, true],
    ["{ $.code = 503 || $.code = 404 }", line, true],
    ["{ ($.code = 404 || $.ok IS FALSE) && $.level = error }", line, true],
    ["{ $.ok IS TRUE }", line, false],
    ["{ $.none IS NULL }", line, true],
    ["{ $.missing NOT EXISTS }", line, true],
    ["{ $.level NOT EXISTS }", line, false],
    ['{ $.user.roles[0] = "admin" }', line, true],
    ['{ $.user.roles[2] = "admin" }', line, false],
    ["{ $.items[*].price > 40 }", line, true],
    ["{ $.user.id = %u-[0-9]+% }", line, true],
    ['{ $.["a-b"] = "x" }', line, false],
    ['{ $["a-b"] = "x" }', line, true],
    ["{ $.code = 503 }", "no JSON, code 503", false],
    ["{ $.code = 503 }", "{ broken", false],
    ["[ip, id, user, timestamp, request, status=404, bytes]", access, true],
    ["[ip, id, user, timestamp, request, status=4*, bytes > 1000]", access, true],
    ["[..., status=5*, bytes]", access, false],
    ["[ip=127*, ..., bytes]", access, true],
    ["[ip, id, user]", access, false],
    ["[..., status = 200 || status = 404, bytes]", access, true],
    ['[ip, id, user, timestamp, request = "*html*", ...]', access, true],
  ];
  for (const [pattern, message, expected] of cases) {
    it(`${expected ? "match" : "do not match"}: ${pattern || "(none)"} and ${message.slice(0, 30)}`, () => {
      if (pattern.includes('$.["')) expect(() => compileFilterPattern(pattern)).to.throw();
      else expect(compileFilterPattern(pattern)(message)).to.equal(expected);
    });
  }

  for (const pattern of [
    "foo-bar",
    '"open',
    "%(a+)+%",
    "%[%",
    "{ $.a = }",
    "{ $.a 1 }",
    "{ $.a > x }",
    "{ a = 1 }",
    "{ ($.a = 1 }",
    "{ $.a = 1 ) }",
    "{ $.a IS MAYBE }",
    "[a",
    "[a, ..., ...]",
    "[a ~ 1]",
  ]) {
    it(`are refused where they are wrong: ${pattern}`, () => {
      expect(() => compileFilterPattern(pattern))
        .to.throw()
        .with.property("code", "InvalidParameterException");
    });
  }
});

import { expect } from "chai";
import { functionAnswer, MalformedAnswer } from "../../../../engine/services/http-apis/function-answer";

const answer = (value: unknown, format: "1.0" | "2.0" = "2.0") =>
  functionAnswer(Buffer.from(JSON.stringify(value) ?? "null"), format);

describe("What a function returns", () => {
  it("is the body in JSON where it has no statusCode", () => {
    const headers = { "content-type": "application/json" };
    expect(answer({ a: 1 })).to.deep.equal({ status: 200, headers, body: '{"a":1}' });
    expect(answer("Hello")).to.deep.equal({ status: 200, headers, body: "Hello" });
    expect(answer([1, 2])).to.deep.include({ status: 200, body: "[1,2]" });
    expect(answer(undefined)).to.deep.include({ status: 200, body: "null" });
    expect(answer({ body: "x", headers: { a: "b" } })).to.deep.include({ body: '{"body":"x","headers":{"a":"b"}}' });
  });

  it("sets status, headers, cookies and body", () => {
    const result = {
      statusCode: 201,
      headers: { "X-Count": 3, "X-On": true },
      cookies: ["a=1", "b=2; Path=/"],
      body: "hi",
    };
    expect(answer(result)).to.deep.equal({
      status: 201,
      headers: {
        "x-count": "3",
        "x-on": "true",
        "set-cookie": ["a=1", "b=2; Path=/"],
        "content-type": "text/plain;charset=UTF-8",
      },
      body: "hi",
    });
    expect(answer({ statusCode: "204" })).to.include({ status: 204, body: "" });
  });

  it("keeps a header's Set-Cookie beside the cookies, and leaves the connection's own to the gateway", () => {
    const { headers } = answer({
      statusCode: 200,
      headers: { "Set-Cookie": "x=1", "Content-Length": "99", Connection: "close", "Transfer-Encoding": "chunked" },
      cookies: ["a=1"],
    });
    expect(headers).to.deep.equal({ "set-cookie": ["x=1", "a=1"], "content-type": "text/plain;charset=UTF-8" });
  });

  it("may be bytes in base 64", () => {
    expect(answer({ statusCode: 200, body: "AAH/", isBase64Encoded: true }).body).to.deep.equal(
      Buffer.from([0, 1, 255]),
    );
    expect(answer({ statusCode: 200, body: "AAH/" }).body).to.equal("AAH/");
  });

  it("needs a statusCode in format 1.0, and may repeat headers there", () => {
    const result = { statusCode: 200, headers: { A: "1" }, multiValueHeaders: { B: ["2", "3"] }, cookies: ["c=1"] };
    expect(answer(result, "1.0").headers).to.deep.equal({
      a: "1",
      b: ["2", "3"],
      "content-type": "text/plain;charset=UTF-8",
    });
    expect(() => answer({ body: "x" }, "1.0")).to.throw(MalformedAnswer, "needs a statusCode");
  });

  for (const [what, value, message] of [
    ["a status that is none", { statusCode: 99 }, "statusCode"],
    ["a status that is text", { statusCode: "ok" }, "statusCode"],
    ["a body that is an object", { statusCode: 200, body: { a: 1 } }, "JSON.stringify"],
    ["headers that are a list", { statusCode: 200, headers: ["a"] }, "headers"],
    ["a header that is an object", { statusCode: 200, headers: { a: { b: 1 } } }, "header a is not text"],
    ["a header with a line break", { statusCode: 200, headers: { a: "b\r\nc: d" } }, "Invalid character"],
    ["a header without a name", { statusCode: 200, headers: { "": "b" } }, "Header name"],
    ["cookies that are text", { statusCode: 200, cookies: "a=1" }, "cookies"],
  ] as const) {
    it(`is refused with ${what}`, () => {
      expect(() => answer(value)).to.throw(MalformedAnswer, message);
    });
  }
});

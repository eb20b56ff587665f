import { expect } from "chai";
import { FunctionFixture } from "../functions/function-fixture";
import { HttpApiFixture } from "./http-api-fixture";

describe("An HTTP API before functions in processes", () => {
  let functions: FunctionFixture;
  let fixture: HttpApiFixture;

  beforeEach(async () => {
    functions = new FunctionFixture();
    await functions.functions.start();
    fixture = await HttpApiFixture.open({}, { functions: functions.functions, clock: functions.clock });
  });
  afterEach(async () => {
    await fixture.close();
    await functions.close();
  });

  it("answers with what they return, and logs them as ever", async () => {
    const { arn } = await functions.define(
      `exports.handler = async ({ rawPath, body, isBase64Encoded }) => {
         console.log("asked for", rawPath);
         return { statusCode: 201, body: Buffer.from(body, isBase64Encoded ? "base64" : "utf8").toString().toUpperCase() };
       }`,
    );
    fixture.route("POST /shout", { uri: arn });
    const { status, body } = await fixture.send("POST", "/shout", { body: "ü" });
    expect([status, body]).to.deep.equal([201, "Ü"]);
    const log = (await functions.log()).map((line) => line.replace(/[\w-]{36}|\d[\d.:TZ-]*/g, "#"));
    expect(log.map((line) => line.split(/\s/)[0])).to.deep.equal(["START", "#", "END", "REPORT"]);
    const done = functions.seen.find((event) => event.type === "invocation" && event.status === "succeeded");
    expect(done).to.include({ trigger: "request" });
  });

  it("is a 500 where one crashes, and serves the next request", async () => {
    const { arn } = await functions.define(
      `exports.handler = async ({ rawPath }) => rawPath === "/crash" ? process.exit(1) : "fine"`,
    );
    fixture.route("GET /{any}", { uri: arn });
    const [crash, ...others] = await Promise.all(["/crash", "/a", "/b"].map((path) => fixture.send("GET", path)));
    expect(crash?.status).to.equal(500);
    expect(others.map(({ body }) => body)).to.deep.equal(["fine", "fine"]);
  });

  it("queues more requests than processes run at once", async () => {
    const { arn } = await functions.define(
      `exports.handler = async ({ rawPath }) => { await new Promise((r) => setImmediate(r)); return rawPath }`,
    );
    fixture.route("GET /{n}", { uri: arn });
    const paths = Array.from({ length: 60 }, (_, index) => `/${index}`);
    const answers = await Promise.all(paths.map((path) => fixture.send("GET", path)));
    expect(answers.map(({ body }) => body)).to.deep.equal(paths);
    expect(fixture.activity.idle || fixture.seen.length === paths.length).to.equal(true);
  });
});

import { expect } from "chai";
import { Api, Bucket, Function, Queue, Task, grant } from "../../components";
import { record } from "../../testing";
import { refusal } from "./refusal";

const handler = async (): Promise<undefined> => undefined;
const many = <Item>(count: number, item: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, n) => item(n));
const tags = (count: number) => Object.fromEntries(many(count, (n) => [`tag${n}`, "x"]));
const arn = (n: number): string => `arn:aws:dynamodb:us-east-1:123456789012:table/table-number-${n}`;

/** Programs with as much as AWS takes, and with one more than that. */
const limits: Readonly<Record<string, (over: 0 | 1) => unknown>> = {
  "300 routes of an API": (over) => {
    const api = new Api("web");
    for (let n = 0; n < 300 + over; n++) api.proxy(`/a${n}/{rest+}`, "https://example.com");
  },
  "10 authorizers of an API": (over) =>
    new Api("web", {
      authorizers: Object.fromEntries(
        many(10 + over, (n) => [`a${n}`, { issuer: "https://a.example", audience: "a" }]),
      ),
    }),
  "50 audiences of an authorizer": (over) =>
    new Api("web", { authorizers: { a: { issuer: "https://a.example", audience: many(50 + over, String) } } }),
  "10 scopes of an authorizer": (over) =>
    new Api("web", {
      authorizers: { a: { issuer: "https://a.example", audience: "a", scopes: many(10 + over, String) } },
    }),
  "50 tags of a bucket": (over) => new Bucket("media", { tags: tags(50 + over) }),
  "50 tags of a queue": (over) => new Queue("jobs", { tags: tags(50 + over) }),
  "50 tags of an API": (over) => new Api("web", { tags: tags(50 + over) }),
  "256 characters of a tag": (over) => new Bucket("media", { tags: { a: "x".repeat(256 + over) } }),
  "100 CORS rules of a bucket": (over) =>
    new Bucket("media", { cors: many(100 + over, (n) => ({ origins: [`https://${n}.example`] })) }),
  "5 actions of an alarm": (over) => new Queue("jobs", { deadLetters: { alarm: { actions: many(5 + over, arn) } } }),
  "4 KB of a function's environment": (over) =>
    // With NODE_OPTIONS, which the library adds.
    new Function("fn", handler, {
      environment: { A: "x".repeat(4096 - '{"A":"","NODE_OPTIONS":"--enable-source-maps"}'.length + over) },
    }),
  "16 subnets of a function": (over) =>
    new Function("fn", handler, {
      vpc: { subnetIds: many(16 + over, (n) => `subnet-${n}`), securityGroupIds: ["sg-1"] },
    }),
  "5 security groups of a task": (over) =>
    new Task("t", { image: "alpine:3.22", network: { securityGroups: many(5 + over, (n) => `sg-${n}`) } }),
  "60 KB of a task's environment": (over) =>
    new Task("t", { image: "alpine:3.22", environment: { A: "x".repeat(60 * 1024 - '[{"A":""}]'.length + over) } }),
  "2048 characters of an event pattern": (over) =>
    new Bucket("media").onDelete("onDelete", handler, { keyPrefix: "\\".repeat(900 + over * 100) }),
  "10240 characters of a role's policy": (over) =>
    new Function("fn", handler, { grants: [grant(["dynamodb:GetItem"], many(140 + over * 60, arn))] }),
};

describe("a limit of AWS", () => {
  // The SDK keeps the stack of every promise that it makes: most of the time that a program of 300 routes takes.
  const { stackTraceLimit } = Error;
  before(() => {
    Error.stackTraceLimit = 0;
  });
  after(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });

  for (const [what, program] of Object.entries(limits)) {
    it(`is kept or refused: ${what}`, async () => {
      await record(() => void program(0));
      const { code, message } = await refusal(() => program(1));
      expect(code).to.equal("ERR_LIMIT");
      expect(message).to.match(/taken|at most/);
    });
  }
});

import { expect } from "chai";
import { stripVTControlCharacters } from "node:util";
import { listedMessage, messageLine } from "../../cli/message-line";
import type { QueueMessage } from "../../engine/services/queues/queue-message";

const now = Date.parse("2026-11-22T12:00:00Z");
const jobs = "arn:aws:sqs:us-east-1:000000000000:jobs-1234567";

const message = (more: Partial<QueueMessage> = {}): QueueMessage => ({
  sequence: 1,
  id: "0b6f0a4e-9d7e-4b3a-8a57-3c5a6b1d2e4f",
  body: '{"scene":"a"}',
  attributes: undefined,
  senderId: "AIDA",
  sentAt: now - 12_000,
  visibleAt: now,
  received: 0,
  firstReceivedAt: undefined,
  group: undefined,
  deduplicationId: undefined,
  traceHeader: undefined,
  deadLetterSource: undefined,
  ...more,
});
const listed = (more: Partial<QueueMessage> = {}) => listedMessage(message(more), now, () => "jobs");
const line = (more: Partial<QueueMessage> = {}, columns = Number.POSITIVE_INFINITY): string =>
  stripVTControlCharacters(messageLine(listed(more), now, columns));

describe("a message in tandem ls", () => {
  it("has its id, age, how often it was received, its state and its body", () => {
    expect(line().split(/ {2,}/)).to.deep.equal(["0b6f0a4e-9d7e-4b3a-8a57-3c5a6b1d2e4f", "12 s", '{"scene":"a"}']);
    expect(line({ received: 2, visibleAt: now + 1 })).to.match(/ 12 s {2}received 2× +in flight +\{"scene":"a"\}$/);
    expect(line({ visibleAt: now + 1 })).to.match(/ delayed +\{/);
  });

  it("tells its age in the unit that suits it", () => {
    const ages = [0, 119, 120, 7199, 7200, 172_799, 172_800].map((seconds) => line({ sentAt: now - seconds * 1000 }));
    const shown = ages.map((text) => / (\d+ \w+) /.exec(text)?.[1]);
    expect(shown).to.deep.equal(["0 s", "119 s", "2 min", "119 min", "2 h", "47 h", "2 d"]);
  });

  it("says why it was given up: received too often, refused by its handler, or failed as an event", () => {
    const text = (value: string) => ({ DataType: "String", StringValue: value });
    const record = JSON.stringify({
      version: "1.0",
      requestContext: { condition: "RetriesExhausted" },
      responsePayload: { errorMessage: "out of memory" },
    });
    const reasons = [
      listed({ deadLetterSource: jobs, received: 3 }),
      listed({ deadLetterSource: jobs, received: 1 }),
      listed({ attributes: { ERROR_CODE: text("ERR_QUEUE_BODY"), ERROR_MESSAGE: text("the body is no JSON") } }),
      listed({ body: record }),
      listed({ body: '{"version":"1.0","mine":true}' }),
      listed({ body: '{"version":"1.0"' }),
      listed(),
    ].map(({ reason }) => reason);
    expect(reasons).to.deep.equal([
      "received 3 times from jobs without success",
      "received once from jobs without success",
      "ERR_QUEUE_BODY: the body is no JSON",
      "RetriesExhausted: out of memory",
      undefined,
      undefined,
      undefined,
    ]);
    expect(line({ deadLetterSource: jobs, received: 3 })).to.match(
      / {2}received 3 times from jobs without success {2}\{/,
    );
  });

  it("is as long as the terminal is wide, and no longer", () => {
    const body = JSON.stringify({ text: "x".repeat(300) });
    expect(line({ body }, 100)).to.have.length(100).and.match(/x…$/);
    expect(line({ body, deadLetterSource: jobs }, 100))
      .to.have.length(100)
      .and.match(/jobs…$|from…$|…$/);
    expect(line({ body }, 20))
      .to.match(/^0b6f0a4e/)
      .and.not.include("x");
    expect(line({ body: "😀".repeat(100) }, 100)).to.match(/^[^\ud800-\udfff]*(?:😀)+…$/u);
    expect(line({ body })).to.include(body);
  });

  it("stays on its line, and cannot change the terminal", () => {
    expect(line({ body: "a\nb\u001b[31mc\u202ed" })).to.match(/a\\nb\\u001b\[31mc\\u202ed$/);
  });

  it("is an object with all there is in JSON", () => {
    const more = { group: "g", deduplicationId: "d", visibleAt: now + 5000, received: 1 };
    const attributes = { a: { DataType: "Number", StringValue: "1" }, b: { DataType: "Binary", BinaryValue: "AAE=" } };
    expect(listed({ ...more, attributes })).to.deep.equal({
      id: "0b6f0a4e-9d7e-4b3a-8a57-3c5a6b1d2e4f",
      state: "in flight",
      sentAt: "2026-11-22T11:59:48.000Z",
      visibleAt: "2026-11-22T12:00:05.000Z",
      received: 1,
      body: '{"scene":"a"}',
      attributes: { a: "1", b: "AAE=" },
      group: "g",
      deduplicationId: "d",
    });
  });
});

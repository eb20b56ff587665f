import { expect } from "chai";
import { stripVTControlCharacters } from "node:util";
import { queueRows } from "../../cli/queue-rows";
import { eventDeadLetterArns, type RunningQueue } from "../../cli/queues";
import type { RunningResource } from "../../cli/running";

const queue = (name: string, depths: Partial<RunningQueue> = {}): RunningQueue => ({
  ...{ name, url: `http://x/${name}`, arn: `arn:${name}`, physicalName: `${name}-1` },
  ...{ waiting: 0, delayed: 0, inFlight: 0, deadLetterArn: undefined },
  ...depths,
});
const rows = (queues: RunningQueue[], events: string[] = []): string[] =>
  [...queueRows(queues, new Set(events))].map(
    ([url, { after }]) => `${url.slice(9)}: ${stripVTControlCharacters(after).replace(/ {2,}/, " | ")}`,
  );

describe("the queues in tandem ls", () => {
  it("have their depths, with those of their dead letters, which have no row of their own", () => {
    const dead = queue("jobs-dead-letter", { waiting: 1, inFlight: 1 });
    const jobs = queue("jobs", { waiting: 3, inFlight: 2, deadLetterArn: dead.arn });
    expect(rows([dead, jobs])).to.deep.equal(["jobs: 3 waiting, 2 in flight, 2 dead | jobs-1"]);
    expect(rows([queue("plain", { delayed: 4 })])).to.deep.equal([
      "plain: 0 waiting, 4 delayed, 0 in flight | plain-1",
    ]);
  });

  it("say where the dead letters are that several share, and show that queue as well", () => {
    const failures = queue("failures", { waiting: 5 });
    const sources = ["a", "b"].map((name) => queue(name, { deadLetterArn: failures.arn }));
    expect(rows([failures, ...sources])).to.deep.equal([
      "failures: 5 waiting, 0 in flight | failures-1",
      "a: 0 waiting, 0 in flight, 5 dead in failures | a-1",
      "b: 0 waiting, 0 in flight, 5 dead in failures | b-1",
    ]);
  });

  it("show one that has dead letters itself", () => {
    const last = queue("last");
    const failures = queue("failures", { deadLetterArn: last.arn });
    const jobs = queue("jobs", { deadLetterArn: failures.arn });
    expect(rows([last, failures, jobs]).map((row) => row.split(":")[0])).to.deep.equal(["failures", "jobs"]);
  });

  it("show the dead letters of handlers only where there are any", () => {
    const none = queue("onA-dead-letter");
    const some = queue("onB-dead-letter", { waiting: 2 });
    expect(rows([none, some], [none.arn, some.arn])).to.deep.equal(["onB-dead-letter: 2 dead | onB-dead-letter-1"]);
  });

  it("are objects with numbers in JSON", () => {
    const dead = queue("jobs-dead-letter", { waiting: 1 });
    const jobs = queue("jobs", { waiting: 3, delayed: 1, deadLetterArn: dead.arn });
    expect(queueRows([dead, jobs], new Set()).get(jobs.url)?.value).to.deep.equal({
      ...{ kind: "queue", name: "jobs", id: jobs.url, waiting: 3, delayed: 1, inFlight: 0 },
      ...{ dead: 1, deadLetters: "jobs-dead-letter" },
    });
  });

  it("know the queues of given up events by what rules and functions name", () => {
    const resource = (type: string, outputs: object): RunningResource => ({ type, outputs }) as RunningResource;
    const arns = eventDeadLetterArns([
      resource("aws:cloudwatch/eventTarget:EventTarget", { deadLetterConfig: { arn: "arn:rule" } }),
      resource("aws:lambda/function:Function", { deadLetterConfig: { targetArn: "arn:function" } }),
      resource("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", {
        destinationConfig: { onFailure: { destination: "arn:invoke" } },
      }),
      resource("aws:lambda/function:Function", {}),
      resource("aws:s3/bucket:Bucket", { deadLetterConfig: { arn: "arn:other" } }),
    ]);
    expect([...arns])
      .to.include.members(["arn:rule", "arn:function", "arn:invoke"])
      .and.not.include("arn:other");
  });
});

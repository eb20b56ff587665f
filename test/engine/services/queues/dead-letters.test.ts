import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { openDatabase } from "../../../../engine/services/database";
import { EngineEvents, type TimedEngineEvent } from "../../../../engine/services/engine-events";
import { DeadLetters } from "../../../../engine/services/queues/dead-letters";
import { FakeClock } from "../../../../testing/fake-clock";

describe("DeadLetters", () => {
  it("keeps what it is sent, by queue and in order, across restarts, and says so", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-letters-"));
    const clock = new FakeClock(5000);
    const events = new EngineEvents(() => clock.now());
    const seen: TimedEngineEvent[] = [];
    events.listen((event) => seen.push(event));
    let database = openDatabase(path.join(folder, "stack.sqlite"));
    const letters = new DeadLetters(database, clock, events);
    letters.send("arn:a", "1", { reason: "RetriesExhausted", source: "onPut" });
    letters.send("arn:b", "2", { reason: "EventAgeExceeded", source: "onPut" });
    letters.send("arn:a", "3", { reason: "RetriesExhausted", source: "onPut" });
    database.close();
    database = openDatabase(path.join(folder, "stack.sqlite"));
    const again = new DeadLetters(database, clock, events);
    expect(again.messages("arn:a").map(({ body }) => body)).to.deep.equal(["1", "3"]);
    expect(again.messages("arn:a", 1)[0]).to.include({ reason: "RetriesExhausted", source: "onPut", time: 5000 });
    expect([again.count("arn:a"), again.count("arn:b"), again.count("arn:c")]).to.deep.equal([2, 1, 0]);
    expect(seen[1]).to.deep.equal({ type: "dead-letter", name: "onPut", reason: "EventAgeExceeded", time: 5000 });
    database.close();
    fs.rmSync(folder, { recursive: true });
  });
});

import { expect } from "chai";
import { ProcessPool, type PooledProcess } from "../../../../engine/services/functions/process-pool";
import { FakeClock } from "../../../../testing/fake-clock";

interface Started extends PooledProcess {
  readonly name: string;
  alive: boolean;
  current: boolean;
}

describe("ProcessPool", () => {
  const setUp = (limit: number) => {
    const clock = new FakeClock();
    const started: Started[] = [];
    const pool = new ProcessPool<Started>({
      clock,
      limit,
      isCurrent: (process) => process.current,
      start: (name) => {
        const process = { name, alive: true, current: true, kill: () => void (process.alive = false) };
        started.push(process);
        return process;
      },
    });
    const order: string[] = [];
    /** Acquires without waiting; what was granted is told by `order`. */
    const ask = (name: string, nested = false) => {
      const granted = pool.acquire(name, nested);
      void granted.then(() => order.push(name));
      return granted;
    };
    return { clock, pool, started, order, ask };
  };

  it("gives back the process that was used last", async () => {
    const { pool } = setUp(4);
    const [first, second] = [await pool.acquire("a", false), await pool.acquire("a", false)];
    pool.release(second);
    pool.release(first);
    expect(await pool.acquire("a", false)).to.equal(first);
    expect(await pool.acquire("a", false)).to.equal(second);
  });

  it("ends another function's idle process, the oldest, rather than let anybody wait", async () => {
    const { pool, started } = setUp(2);
    const [a, b] = [await pool.acquire("a", false), await pool.acquire("b", false)];
    pool.release(a);
    pool.release(b);
    await pool.acquire("c", false);
    expect(started.map(({ name, alive }) => [name, alive])).to.deep.equal([
      ["a", false],
      ["b", true],
      ["c", true],
    ]);
    expect(pool.size).to.equal(2);
  });

  it("serves who has the fewest running first, then who has waited longest", async () => {
    const { pool, order, ask } = setUp(2);
    const [first, second] = [await ask("a"), await ask("a")];
    for (const name of ["a", "a"]) void ask(name);
    let third = first;
    void ask("b").then((process) => (third = process));
    void ask("c");
    pool.release(first);
    await Promise.resolve();
    expect(order).to.deep.equal(["a", "a", "b"]);
    // None of a's runs now and none of c's: a has waited longer.
    pool.release(second);
    await Promise.resolve();
    expect(order).to.deep.equal(["a", "a", "b", "a"]);
    pool.release(third);
    await Promise.resolve();
    expect(order).to.deep.equal(["a", "a", "b", "a", "c"]);
  });

  it("starts no process anew while two functions share evenly", async () => {
    const { pool, started, ask } = setUp(4);
    const running = [await ask("a"), await ask("a"), await ask("b"), await ask("b")];
    for (let round = 0; round < 20; round += 1) {
      const done = running.shift();
      if (done === undefined) break;
      const next = ask(done.name);
      pool.release(done);
      running.push(await next);
    }
    expect(started).to.have.length(4);
  });

  it("lets nested invocations go beyond the limit, and keeps none of what that adds", async () => {
    const { pool, ask, order } = setUp(1);
    const outer = await ask("a");
    const inner = await ask("b", true);
    void ask("c");
    await Promise.resolve();
    expect(order).to.deep.equal(["a", "b"]);
    pool.release(inner);
    expect(pool.size).to.equal(1);
    expect(inner.alive).to.equal(false);
    pool.release(outer);
    await Promise.resolve();
    expect(order).to.deep.equal(["a", "b", "c"]);
  });

  it("ends a process with old code when it is handed back, and one that was idle too long", async () => {
    const { pool, clock } = setUp(4);
    const old = await pool.acquire("a", false);
    old.current = false;
    pool.release(old);
    expect(old.alive).to.equal(false);
    const idle = await pool.acquire("a", false);
    pool.release(idle);
    await clock.tick(600_000);
    expect(idle.alive).to.equal(false);
    expect(pool.size).to.equal(0);
    expect(clock.pending).to.equal(0);
  });

  it("tells who waits for a function that is removed", async () => {
    const { pool } = setUp(1);
    await pool.acquire("a", false);
    const waiting = pool.acquire("b", false).catch((error: Error) => error.message);
    pool.remove("b", new Error("gone"));
    expect(await waiting).to.equal("gone");
  });
});

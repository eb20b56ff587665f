import * as fc from "fast-check";
import { runBoth } from "../components/function/differential";
import { heapPrograms } from "../components/function/programs";
import { randomProgram } from "../components/function/random-programs";
import { expect } from "chai";

/** How many programs are tried: `npm run fuzz` takes any number, and a seed. */
const runs = Number(process.env["FUZZ_RUNS"] ?? 300);
const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);

describe(`Handlers of random programs (seed ${seed})`, () => {
  it(`do in their packages what they do in ${runs} programs, and hardly any is refused`, async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(randomProgram(), async (program) => {
        const results = await runBoth(program);
        if (results instanceof Error) {
          refused += 1;
          // Not one that does not load, or that only the bundler refuses.
          expect(results.message).to.match(/^ERR_CAPTURE_/);
          return;
        }
        expect(results.packaged, JSON.stringify(program, undefined, 2)).to.deep.equal(results.plain);
      }),
      { numRuns: runs, seed, verbose: fc.VerbosityLevel.None },
    );
    expect(refused / runs, "the share of refused handlers").to.be.at.most(0.05);
  }).timeout(runs * 2_000);
});

describe("A handler in its package does what it does in its program, where only the heap can tell", () => {
  for (const [name, program] of Object.entries(heapPrograms)) {
    it(`with ${name}`, async () => {
      const results = await runBoth(program);
      if (results instanceof Error) throw results;
      expect(results.packaged).to.deep.equal(results.plain);
    });
  }
});

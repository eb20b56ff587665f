import { expect } from "chai";
import { runBoth } from "./differential";
import { programs } from "./programs";

describe("a handler in its package does what it does in its program", () => {
  for (const [name, program] of Object.entries(programs)) {
    it(`with ${name}`, async () => {
      const results = await runBoth(program);
      if (results instanceof Error) throw results;
      expect(results.packaged).to.deep.equal(results.plain);
    });
  }
});

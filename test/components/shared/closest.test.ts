import { expect } from "chai";
import { closest } from "../../../components/shared/closest";

describe("the word that was meant", () => {
  it("is at most a third of its letters away, where two that are swapped count as one", () => {
    const known = ["media", "archive", "jobs"];
    for (const [word, meant] of [
      ["meda", "media"],
      ["medai", "media"],
      ["Media", "media"],
      ["job", "jobs"],
      ["jbos", "jobs"],
      ["archvie", "archive"],
      ["media-archive", undefined],
      ["bojs", undefined],
      ["", undefined],
    ] as const)
      expect([word, closest(word, known)]).to.deep.equal([word, meant]);
  });
});

import { expect } from "chai";
import type { Engine } from "../../../engine/engine";
import { EngineEvents } from "../../../engine/services/engine-events";
import { textReporter } from "../../../cli/report/text-reporter";
import { Screen } from "./screen";

/** What an engine has to be for the lines after the tree. */
const engine = {
  graph: new Map(),
  inert: [],
  port: 4000,
  folder: "/data",
  projectRoot: "/project",
  readiness: { milliseconds: 1500 },
} as unknown as Engine;

describe("what tandem up shows on a terminal", () => {
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  const start = (rows: number) => {
    const screen = new Screen(60, rows);
    const events = new EngineEvents(() => 0);
    const write = (text: string): void => screen.write(text);
    const reporter = textReporter({ write, live: true, title: "app · dev", columns: () => 60, rows: () => rows });
    events.listen((event) => reporter.event(event));
    events.emit({ type: "program", status: "running" });
    const create = (name: string, status: "creating" | "created" = "created"): void =>
      events.emit({
        type: "resource",
        urn: name,
        resourceType: "my:index:Group",
        component: true,
        name,
        status,
      });
    return { screen, events, reporter, create };
  };

  it("keeps each warning that comes while the tree is drawn", async () => {
    const { screen, events, reporter, create } = start(24);
    events.emit({ type: "notice", level: "warning", message: "from the program" });
    create("a");
    await settled();
    events.emit({ type: "notice", level: "warning", message: "tags have no effect here" });
    create("b");
    await settled();
    reporter.ready(engine);
    const lines = screen.lines();
    expect(lines.slice(0, 5)).to.deep.equal([
      "from the program",
      "tags have no effect here",
      "app · dev",
      "  ├─ ✓ a Group",
      "  └─ ✓ b Group",
    ]);
    expect(lines.join("\n")).not.to.include("running the program");
  });

  it("has a tree that is taller than the screen once, and whole at the end", async () => {
    const { screen, reporter, create } = start(10);
    const names = Array.from({ length: 40 }, (_, index) => `group-${index}-${"x".repeat(index)}`);
    for (const name of names) {
      create(name, "creating");
      await settled();
    }
    expect(screen.lines().filter((line) => line === "app · dev")).to.have.length(1);
    expect(screen.lines().length).to.be.below(10);
    expect(screen.lines().at(-1)).to.equal("  … 33 more");
    for (const name of names) {
      create(name);
      await settled();
    }
    reporter.ready(engine);
    const text = screen.lines().join("\n");
    for (const name of names) expect(text.split(`✓ ${name} Group`.slice(0, 40))).to.have.length(2);
  });
});

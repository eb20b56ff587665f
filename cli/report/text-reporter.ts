import * as path from "node:path";
import type { Engine } from "../../engine/engine";
import type { TimedEngineEvent } from "../../engine/services/engine-events";
import { apisOf } from "../apis";
import { bucketsOf } from "../buckets";
import { bold, cyan, dim, green, red, yellow } from "../colours";
import { deadLettersOf, programQueues } from "../program-queues";
import { fit, LiveArea } from "./live-area";
import { nameColumn, namesOf } from "../name-column";
import { FailedMessages } from "./failed-messages";
import { terminalLine } from "./long-line";
import { outcomeText } from "./outcome";
import { deadLetterText, redeliveryText } from "./queue-lines";
import { reloadLines, type ChangedResource } from "./reload-changes";
import type { Reporter } from "./reporter";
import { drawTree, type TreeResource } from "./tree";
import { near } from "../near";

interface TextOptions {
  readonly write: (text: string) => void;
  /** Draw the tree again and again while it grows. */
  readonly live: boolean;
  /** The project and stack, e.g. `video-thumbnailer · dev`. */
  readonly title: string;
  readonly columns: () => number;
  /** The height of the terminal. */
  readonly rows: () => number;
}

/** Lines for people: the tree of resources while they come up, then a line for each thing that happens. */
export function textReporter({ write, live, title, columns, rows }: TextOptions): Reporter {
  const resources = new Map<string, TreeResource>();
  const area = new LiveArea({ write, columns, rows });
  let isUp = false;
  let running: Engine | undefined;
  const hinted = new Set<string>();
  const failed = new FailedMessages();
  let changed: ChangedResource[] = [];
  let column = nameColumn([], { isTTY: live, columns: columns() });
  let redraw: NodeJS.Immediate | undefined;

  const line = (text: string): void => area.above(text);
  const named = (name: string, text: string): void => line(`${cyan(column(name))} ${text}`);
  const tree = (): string[] => [bold(title), ...drawTree([...resources.values()], columns())];
  const drawSoon = (): void => {
    redraw ??= setImmediate(() => {
      redraw = undefined;
      if (!isUp) area.draw(tree());
    });
  };

  const show = (event: TimedEngineEvent): void => {
    switch (event.type) {
      case "program":
        if (event.status === "running" && live && !isUp) {
          area.draw([bold(title), `  ${dim("running the program…")}`]);
        }
        if (event.status === "applied" && isUp) {
          for (const text of reloadLines(changed)) line(dim(text));
          changed = [];
          line(dim(`reloaded in ${seconds(event.milliseconds ?? 0)}`));
        }
        if (event.status === "failed" && isUp) {
          line(red(event.message ?? "the program failed"));
          line(yellow("the program as it was before goes on running"));
        }
        return;
      case "resource": {
        const { urn, resourceType: type, name, parent, status, component } = event;
        const shown = { urn, type, name, parent, status, component };
        if (status === "deleted") resources.delete(urn);
        else resources.set(urn, shown);
        if (isUp && status !== "creating" && status !== "updating" && status !== "failed") changed.push(shown);
        if (event.error !== undefined) line(red(event.error));
        if (live && !isUp) drawSoon();
        return;
      }
      case "event":
        return named(event.source, event.detail + (event.path === undefined ? "" : dim(` → ${near(event.path)}`)));
      case "log":
        // The error that an invocation ends by is shown with its end, and a message's with its redelivery.
        if (event.ends !== true && !failed.holds(event)) showLog(event);
        return;
      case "invocation":
        for (const held of failed.release(event)) showLog(held);
        if (isWorthALine(event) && !failed.explains(event)) named(event.name, outcomeText(event));
        return;
      case "request":
        return showRequest(event, named);
      case "task":
        return showTask(event, named);
      case "redelivery":
        return named(event.name, redeliveryText(event, failed.reasonOf(event)));
      case "dead-letter":
        return named(event.name, deadLetterText(event.reason, hintOf(event.name)));
      case "notice":
        if (event.message === "") return;
        return line(event.level === "info" ? event.message : (event.level === "error" ? red : yellow)(event.message));
      case "ready":
        return;
    }
  };

  const showLog = ({ name, line: text, level }: Extract<TimedEngineEvent, { type: "log" }>): void => {
    const shown = live ? terminalLine(text, `tandem logs ${name}${running ? folderOption(running) : ""}`) : text;
    named(name, level === "ERROR" || level === "FATAL" ? red(shown) : shown);
  };

  /** Where to look at dead letters: said once for each that gives up. */
  const hintOf = (name: string): string | undefined => {
    if (running === undefined || hinted.has(name)) return undefined;
    hinted.add(name);
    const kept = deadLettersOf(running, name);
    const option = folderOption(running);
    if (kept === undefined) return undefined;
    const isQueue = programQueues(running).some((queue) => queue.name === name);
    return `tandem ls ${kept}${option}${isQueue ? ` shows them, tandem redrive ${name}${option} sends them back` : " shows them"}`;
  };

  return {
    event: show,
    ready(engine) {
      running = engine;
      column = nameColumn(namesOf(engine.graph.values()), { isTTY: live, columns: columns() });
      if (redraw !== undefined) clearImmediate(redraw);
      area.finish(live ? tree().map((each) => fit(each, columns())) : tree());
      isUp = true;
      const { milliseconds } = engine.readiness;
      line("");
      line(
        `${green("ready")} in ${seconds(milliseconds)} ${dim(`· http://127.0.0.1:${engine.port} · data in ${near(engine.folder)}`)}`,
      );
      for (const { name, folder } of bucketsOf(engine)) {
        line(
          `${dim("bucket")} ${name}: ${near(folder)} ${dim(`(drop a file in, or: tandem put ${name} <file>${folderOption(engine)})`)}`,
        );
      }
      const queues = programQueues(engine);
      if (queues.length > 0) {
        const names = queues.map((queue) => queue.name).join(", ");
        const hint = `(tandem send ${queues[0]?.name} '{"a":1}'${folderOption(engine)})`;
        line(`${dim(queues.length === 1 ? "queue" : "queues")} ${names} ${dim(hint)}`);
      }
      for (const { name, url } of apisOf(engine.graph.values())) line(`${dim("api")} ${name}: ${url}`);
      const inert = inertTypes(engine);
      if (inert.length > 0) line(`${dim("not run here:")} ${inert.join(", ")}`);
      line("");
    },
    end(message, isFailure) {
      for (const held of failed.release()) showLog(held);
      line(isFailure ? red(message) : message);
    },
  };
}

/** Whether an invocation's end is not said by another line already: a request's by its own. */
function isWorthALine({ status, trigger, unfinished }: Extract<TimedEngineEvent, { type: "invocation" }>): boolean {
  return status !== "started" && (status !== "succeeded" || trigger !== "request" || unfinished !== undefined);
}

function showRequest(
  { name, method, path: asked, status, milliseconds }: Extract<TimedEngineEvent, { type: "request" }>,
  named: (name: string, text: string) => void,
): void {
  const colour = status >= 500 ? red : status >= 400 ? yellow : dim;
  named(name, colour(`${method} ${asked} ${status} in ${Math.round(milliseconds)} ms`));
}

function showTask(
  event: Extract<TimedEngineEvent, { type: "task" }>,
  named: (name: string, text: string) => void,
): void {
  if (event.status === "started")
    return named(event.name, dim(`started (${event.mode === "host" ? "on this machine" : "in Docker"})`));
  if (event.exitCode === 0) return named(event.name, dim("exit code 0"));
  // Why a task did not start at all, a notice has said already.
  if (event.exitCode === undefined) return named(event.name, red("stopped"));
  named(event.name, red(`exit code ${event.exitCode}${event.reason === undefined ? "" : ` (${event.reason})`}`));
}

/** What a command needs to find this project from here. */
function folderOption({ projectRoot }: Engine): string {
  return path.resolve(projectRoot) === process.cwd() ? "" : ` --folder ${near(projectRoot)}`;
}

/** Types that nothing on this machine stands for, with their number. */
function inertTypes({ inert }: Engine): string[] {
  const counts = new Map<string, number>();
  for (const { type } of inert) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, count]) => `${type} (${count})`);
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

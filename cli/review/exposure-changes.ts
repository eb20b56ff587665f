import type { DiffReport } from "./report";
import { named, type Item } from "./section";

/** Something that is reachable in another way: `from` is missing where it is new, `to` where it is gone. */
interface ExposureChange {
  readonly name: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** What is newly open, or no longer: the same route, open to others than before, is one change. */
export function exposureChanges({ exposures: { opened, closed } }: DiffReport): ExposureChange[] {
  const left = [...closed];
  const changes = opened.map(({ name, what }): ExposureChange => {
    const at = left.findIndex((each) => each.name === name && subjectOf(each.what) === subjectOf(what));
    const [from] = at < 0 ? [] : left.splice(at, 1);
    return { name, from: from?.what, to: what };
  });
  return [...changes, ...left.map(({ name, what }) => ({ name, from: what, to: undefined }))];
}

/** Whether more people reach it now: where authorization takes the place of none, fewer do. */
export function isOpening({ from, to }: ExposureChange): boolean {
  return to !== undefined && (from === undefined || !from.endsWith(open));
}

export function exposureItem(change: ExposureChange): Item {
  const { name, from, to } = change;
  if (to === undefined) return { sign: "-", text: `${named(name)} no longer: ${from}` };
  if (from === undefined) return { sign: "!", text: `${named(name)}: ${to}` };
  const before = from.slice(subjectOf(from).length).replace(/^, /, "");
  return { sign: isOpening(change) ? "!" : "-", text: `${named(name)}: ${to} (before: ${before})` };
}

const open = ", without authorization";

/** The route in what is said of it. */
function subjectOf(what: string): string {
  return what.replace(/, with(out| \S+) authorization$/, "");
}

import type { Value } from "../../engine/graph/resource";
import { sentence } from "../../engine/graph/permissions";
import { shortType } from "../report/tree";
import { grouped } from "./permission-text";
import { exposureChanges, exposureItem, isOpening } from "./exposure-changes";
import { count } from "./preview-text";
import type { ChangedResource, DiffReport, Subject } from "./report";
import { named, type Item, type Section } from "./section";

/** A report's parts in the order in which a reviewer needs them; empty ones are left out. */
export function sectionsOf(report: DiffReport): Section[] {
  const exposed = exposureChanges(report);
  const sections: Section[] = [
    {
      title: "Permissions",
      weight: "plain",
      items: report.permissions.flatMap(({ name, gained, lost }): Item[] => [
        ...grouped(gained).map((permission) => ({ sign: "+" as const, text: permissionItem(name, permission, "") })),
        ...grouped(lost).map((permission) => ({
          sign: "-" as const,
          text: permissionItem(name, permission, " no longer"),
        })),
      ]),
    },
    {
      title: "Open to the internet",
      weight: exposed.some(isOpening) ? "alert" : "plain",
      items: exposed.map(exposureItem),
    },
    { title: "Data at risk", weight: "alert", items: report.dataAtRisk.map(riskItem) },
    {
      title: "Components",
      weight: "plain",
      items: [
        ...report.added.map((subject) => subjectItem("+", subject)),
        ...componentsChanged(report).map((text): Item => ({ sign: "~", text })),
        ...report.renamed.map(({ from, to, type }): Item => ({
          sign: "~",
          text:
            from === to
              ? `${named(to)} ${shortType(type)} moved, and kept by an alias`
              : `${named(to)} ${shortType(type)}, formerly ${named(from)}, kept by an alias`,
        })),
        ...report.removed.map((subject) => subjectItem("-", subject)),
      ],
    },
    {
      title: "Renamed without an alias?",
      weight: "alert",
      items: report.likelyRenames.map(({ from, to, type, line }): Item => ({
        sign: "!",
        text:
          from === to
            ? `${named(to)} ${shortType(type)} seems to have moved; to keep what there is, add this to its options:`
            : `${named(to)} ${shortType(type)} seems to be ${named(from)}; to keep what there is, add this to its options:`,
        lines: [line],
      })),
    },
    { title: "Properties", weight: "detail", items: report.changed.map(propertiesItem) },
    {
      title: "Code",
      weight: "detail",
      items: report.code.map(({ name, diff, besides }): Item => ({
        sign: "~",
        text: [named(name), ...besides].join(besides.length > 0 ? ": " : ""),
        ...(diff === "" ? {} : { diff }),
      })),
    },
    {
      title: "Image contexts",
      weight: "detail",
      items: report.images.map(({ name, files }): Item => ({
        sign: "~",
        text: named(name),
        lines: files.map(({ path, change }) => `${{ added: "+", changed: "~", removed: "-" }[change]} ${path}`),
      })),
    },
  ];
  return sections.filter(({ items }) => items.length > 0);
}

/** How many things a title says. */
const mostInTitle = 4;

/** A report in a line. */
export function summaryOf(report: DiffReport): string {
  const { permissions, dataAtRisk, added, removed, renamed, changed, code, images } = report;
  const exposed = exposureChanges(report);
  const opened = exposed.filter(isOpening).length;
  const handlers = (list: "gained" | "lost"): number => permissions.filter((each) => each[list].length > 0).length;
  const parts = [
    [handlers("gained"), (n: number) => `permissions gained by ${count(n, "handler")}`],
    [handlers("lost"), (n: number) => `permissions lost by ${count(n, "handler")}`],
    [opened, (n: number) => `${n} newly open to the internet`],
    [exposed.length - opened, (n: number) => `${n} no longer open`],
    [dataAtRisk.length, (n: number) => `data at risk in ${count(n, "place")}`],
    [added.length, (n: number) => `${n} added`],
    [removed.length, (n: number) => `${n} removed`],
    [renamed.length, (n: number) => `${n} renamed`],
    [changed.length, (n: number) => `${count(n, "resource")} changed`],
    [code.length, (n: number) => `code of ${count(n, "handler")}`],
    [images.length, (n: number) => count(n, "image")],
  ] as const;
  const told = parts.filter(([number]) => number > 0).map(([number, words]) => words(number));
  if (told.length === 0) return "nothing has changed";
  // In the order of their weight: what does not fit into a title stands below it.
  return told.length <= mostInTitle ? told.join(", ") : `${told.slice(0, mostInTitle - 1).join(", ")}, and more`;
}

function permissionItem(
  name: string,
  permission: Parameters<typeof sentence>[0] & { effect: string },
  no: string,
): string {
  return `${named(name)} may${no}${permission.effect === "deny" ? " not" : ""} ${sentence(permission)}`;
}

function riskItem({ name, type, change, protect }: DiffReport["dataAtRisk"][number]): Item {
  const guarded = protect ? "; it is protected, so the deployment will refuse" : "";
  return { sign: "!", text: `${named(name)} ${shortType(type)} is ${change}, with what is in it${guarded}` };
}

function subjectItem(sign: "+" | "-", { name, type, resources }: Subject): Item {
  const size = resources > 1 ? ` (${count(resources, "resource")})` : "";
  return { sign, text: `${named(name)} ${shortType(type)}${size}` };
}

function componentsChanged({ changed, code, images }: DiffReport): string[] {
  const names = [
    ...changed.map(({ component }) => component),
    ...code.map(({ name }) => name),
    ...images.map(({ name }) => name),
  ];
  return [...new Set(names)].sort().map(named);
}

function propertiesItem({ name, type, consequence, properties }: ChangedResource): Item {
  return {
    sign: consequence === "update" ? "~" : "!",
    text: `${named(name)} ${shortType(type)}${consequence === "update" ? "" : `: ${consequence}`}`,
    lines: properties.map(({ path, before, after }) => `${path}: ${changeText(before, after)}`),
  };
}

/** Values that are not shown are only said to be others. */
function changeText(before: Value | undefined, after: Value | undefined): string {
  if (before === "(content)" && after === before) return "other content";
  if (before === "(secret)" && after === before) return "another secret";
  return `${valueText(before)} → ${valueText(after)}`;
}

const longest = 300;

function valueText(value: Value | undefined): string {
  if (value === undefined) return "(none)";
  const text = typeof value === "string" && /^\((secret|content)\)$/.test(value) ? value : JSON.stringify(value);
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
}

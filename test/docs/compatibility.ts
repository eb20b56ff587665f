import type { AwsService, OperationSummary } from "../../engine/services/protocol/operation";

/** A service that runs here, and the SDK's client that knows all of its operations. */
export interface ComparedService {
  readonly title: string;
  readonly service: AwsService;
  /** The names of every operation that AWS has. */
  readonly known: readonly string[];
}

/** The operations of an SDK's client: each is a class whose name ends in `Command`. */
export function operationsOf(client: object): string[] {
  return Object.keys(client).flatMap((name) => /^(\w+)Command$/.exec(name)?.[1] ?? []);
}

/** The page docs/compatibility.md, made of what the services declare. */
export function compatibilityPage(services: readonly ComparedService[]): string {
  const sections = services.map(section);
  const numbers = sections.map(
    ({ title, done, partly, refused }) => `| ${title} | ${done.length} | ${partly.length} | ${refused.length} |`,
  );
  const lines = [
    "# Compatibility",
    "",
    "Which operations of AWS the endpoint of `tandem up` answers. This page is made from the operations themselves, and a",
    "test compares it with them. What is refused gets AWS's own error for an operation that is not there. What is different",
    "within an operation, and every behaviour that is not AWS's, is in [local-differences.md](local-differences.md).",
    "",
    "A request to another service is refused in that service's protocol, with the names of the services that run here.",
    "",
    "| Service | Done | Partly | Refused |",
    "| --- | ---: | ---: | ---: |",
    ...numbers,
    ...sections.flatMap(({ title, done, partly, refused }) => [
      "",
      `## ${title}`,
      "",
      `**Done:** ${done.join(", ")}.`,
      ...(partly.length === 0
        ? []
        : ["", ...partly.map(({ name, partly: what }) => `- ${name}, partly: ${what ?? ""}`)]),
      ...(refused.length === 0 ? [] : ["", `**Refused:** ${refused.join(", ")}.`]),
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

function section({ title, service, known }: ComparedService): {
  title: string;
  done: string[];
  partly: OperationSummary[];
  refused: string[];
} {
  const sorted = [...service.operations].sort((a, b) => (a.name < b.name ? -1 : 1));
  const names = new Set(sorted.map(({ name }) => name));
  return {
    title,
    done: [...new Set(sorted.filter(({ partly }) => partly === undefined).map(({ name }) => name))],
    partly: sorted.filter(({ partly }) => partly !== undefined),
    refused: known.filter((name) => !names.has(name)).sort(),
  };
}

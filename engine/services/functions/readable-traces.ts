import * as path from "node:path";

/** Where a function's code comes from. */
export interface CodePlaces {
  /** The folder of the unpacked package. */
  readonly root: string;
  /** The program's folder: paths are shown from here on. */
  readonly project: string;
  /** Whether the package's lines are mapped to the program's files: what is not mapped is not the program's. */
  readonly isMapped: boolean;
  /** What the package was made of: folders and files in it, with where they are. */
  readonly sources: readonly (readonly [inPackage: string, place: string])[];
}

const frame = /^[\s']*at /;
/** The file of a frame, with or without parentheses, as a path or an address. */
const place = /(?:file:\/\/)?(\/[^\s()'"]*?|[A-Za-z]:[\\/][^\s()'"]*?)(:\d+:\d+)/;
/** What runs handlers here, and does not exist on AWS. */
const runtimeFolder = path.join(__dirname, "runtime") + path.sep;

/**
 * Makes the stack traces in what a function prints and answers readable: with the files of the program and of its packages as
 * they are in the project, and without the frames of what runs handlers. No path leads into the unpacked package.
 */
export class ReadableTraces {
  private readonly insidePackage: RegExp;

  public constructor(private readonly places: CodePlaces) {
    const root = places.root.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    this.insidePackage = new RegExp(`(?:file://)?${root}[\\\\/]([^\\s()'":]*)`, "g");
  }

  /** Text that a function printed. A trace without a frame of the program keeps those of Node.js. */
  public text(text: string): string {
    if (!this.isConcerned(text)) return text;
    const kept: string[] = [];
    let trace: string[] = [];
    const endTrace = (): void => {
      kept.push(...this.trace(trace, kept));
      trace = [];
    };
    for (const line of text.split("\n")) {
      if (frame.test(line)) trace.push(line);
      else {
        endTrace();
        kept.push(this.paths(line));
      }
    }
    endTrace();
    return kept.join("\n");
  }

  /** JSON that a function printed or answered; other texts as {@link text}. */
  public json(text: string): string {
    if (!this.isConcerned(text)) return text;
    try {
      return JSON.stringify(this.value(JSON.parse(text)));
    } catch {
      return this.text(text);
    }
  }

  private value(value: unknown): unknown {
    if (typeof value === "string") return this.text(value);
    if (Array.isArray(value)) {
      return value.every((item) => typeof item === "string")
        ? this.text(value.join("\n")).split("\n")
        : value.map((item) => this.value(item));
    }
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.value(item)]));
  }

  private isConcerned(text: string): boolean {
    const { root, project } = this.places;
    return text.includes(project) || text.includes(root) || text.includes(runtimeFolder);
  }

  private trace(lines: readonly string[], before: string[]): string[] {
    const own = lines.filter((line) => this.isOwn(line));
    const kept = own.length > 0 ? own : lines.filter((line) => !this.isRuntimes(line));
    // An error's properties are in braces, which open after its last frame.
    const opening = lines.at(-1)?.endsWith(" {") === true && kept.at(-1)?.endsWith(" {") !== true;
    const shown = kept.map((line) => this.paths(line));
    if (!opening) return shown;
    const last = shown.pop() ?? before.pop() ?? "";
    return [...shown, `${last} {`];
  }

  private isOwn(line: string): boolean {
    return place.test(line) && !/[\s(]node:/.test(line) && !this.isRuntimes(line);
  }

  private isRuntimes(line: string): boolean {
    const { root, isMapped } = this.places;
    return line.includes(runtimeFolder) || (isMapped && line.includes(path.join(root, "index.js")));
  }

  private paths(line: string): string {
    const outside = line.replace(this.insidePackage, (_, file: string) => this.source(file));
    return frame.test(line) ? outside.replace(place, (_, file: string, at: string) => this.near(file) + at) : outside;
  }

  /** The file of the project that a file of the package was, by the longest path that says so. */
  private source(file: string): string {
    const [inPackage, from] = this.places.sources
      .filter(([name]) => name === "" || file === name || file.startsWith(`${name}/`))
      .sort(([a], [b]) => b.length - a.length)[0] ?? ["", ""];
    return from === "" ? file : this.near(path.join(from, file.slice(inPackage.length)));
  }

  private near(file: string): string {
    const { project } = this.places;
    return file.startsWith(project + path.sep) ? file.slice(project.length + 1) : file;
  }
}

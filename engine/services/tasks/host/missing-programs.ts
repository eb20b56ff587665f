import { statSync } from "node:fs";

/** How shells, Node, Python and Go say that a program they were to start is not there. */
const complaints: readonly RegExp[] = [
  /spawn(?:Sync)? ([\w.+-]+) ENOENT/,
  /(?:^|: )([\w.+-]+): (?:command )?not found$/,
  /command not found: ([\w.+-]+)$/,
  /No such file or directory: '([\w.+-]+)'/,
  /exec: "([\w.+-]+)": executable file not found/,
  /env: ['‘]?([\w.+-]+)['’]?: No such file or directory/,
];

/** Finds out, from what a program printed, which other program it could not start. */
export class MissingPrograms {
  /** The first that is missing indeed. */
  public first: string | undefined;

  public constructor(private readonly isMissing: (name: string) => boolean) {}

  public read(line: string): void {
    if (this.first !== undefined || line.length > 1000) return;
    for (const complaint of complaints) {
      const name = complaint.exec(line)?.[1];
      if (name !== undefined && this.isMissing(name)) this.first = name;
    }
  }
}

/** Says what to do about a program that is not there. */
export function whereToGet(name: string, problem: string | undefined, because: string): string {
  if (problem !== undefined) return problem;
  return (
    `the program ${name} is not on this machine, and RUN, which would install it, is skipped in host mode (${because}): ` +
    `install it, or name an npm package that brings it in package.json ("tandem": { "programs": { "${name}": "…" } }), or start Docker`
  );
}

/** Says what to do about a program that is there and may not be run. */
export function howToAllow(name: string, file: string): string {
  const mode = (statSync(file).mode & 0o777).toString(8);
  return (
    `the program ${name} is there, but its permissions (${mode}) do not let it run: make it executable with ` +
    `COPY --chmod=755, with RUN chmod +x ${name} in an instruction of its own, or with chmod +x in the project`
  );
}

import { dim } from "../colours";

interface LiveAreaOptions {
  readonly write: (text: string) => void;
  readonly columns: () => number;
  readonly rows: () => number;
}

/**
 * The last lines of a terminal, which are drawn again and again. Only what fits on the screen is drawn, since a terminal
 * cannot take back what has scrolled out of it; other lines are written above and stay.
 */
export class LiveArea {
  private lines: readonly string[] = [];
  private drawn = 0;

  public constructor(private readonly options: LiveAreaOptions) {}

  /** Draws these lines in place of those before. */
  public draw(lines: readonly string[]): void {
    this.lines = lines;
    const room = Math.max(2, this.options.rows() - 1);
    const shown =
      lines.length <= room ? lines : [...lines.slice(0, room - 1), dim(`  … ${lines.length - room + 1} more`)];
    const fitting = shown.map((line) => fit(line, this.options.columns()));
    this.options.write(this.erasing() + fitting.map((line) => `${line}\n`).join(""));
    this.drawn = fitting.length;
  }

  /** Writes a line that stays, above the area. */
  public above(text: string): void {
    if (this.drawn === 0) return this.options.write(`${text}\n`);
    this.options.write(`${this.erasing()}${text}\n`);
    this.drawn = 0;
    this.draw(this.lines);
  }

  /** Writes all of the lines, in place of the area, and leaves them. */
  public finish(lines: readonly string[]): void {
    this.options.write(this.erasing() + lines.map((line) => `${line}\n`).join(""));
    this.drawn = 0;
  }

  private erasing(): string {
    return this.drawn === 0 ? "" : `\u001b[${this.drawn}A\u001b[J`;
  }
}

const escape = "\u001b";

/** A line that takes one row of the terminal: cut where it is longer, whatever colours it has. */
export function fit(line: string, columns: number): string {
  const parts = line.split(new RegExp(`(${escape}\\[[0-9;]*m)`));
  const isColour = (part: string): boolean => part.startsWith(escape);
  const length = parts.reduce((sum, part) => sum + (isColour(part) ? 0 : [...part].length), 0);
  if (length <= columns) return line;
  let room = columns - 1;
  const cut = parts.map((part) => {
    if (isColour(part)) return part;
    const kept = [...part].slice(0, room);
    const isLast = room > 0 && kept.length < [...part].length;
    room -= kept.length;
    return kept.join("") + (isLast ? "…" : "");
  });
  return cut.join("");
}

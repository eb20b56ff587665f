/** A terminal as far as the command line uses one: lines wrap, scroll out of reach, and can be taken back. */
export class Screen {
  private readonly scrolled: string[] = [];
  private visible: string[] = [""];

  public constructor(
    private readonly columns: number,
    private readonly rows: number,
  ) {}

  public write(text: string): void {
    const parts = text.split(/(\u001b\[\d*[A-Za-z]|\n)/);
    for (const part of parts) {
      const [, count, command] = /^\u001b\[(\d*)([A-Za-z])$/.exec(part) ?? [];
      if (command === "A") this.up(Number(count));
      else if (command === "J") this.visible[this.visible.length - 1] = "";
      else if (part === "\n") this.newLine();
      else if (command === undefined) this.print(part);
    }
  }

  /** Everything that was ever shown and not taken back, without empty lines at the end. */
  public lines(): string[] {
    return [...this.scrolled, ...this.visible].join("\n").trimEnd().split("\n");
  }

  /** What is below the cursor is erased next: nothing here moves up for another reason. */
  private up(count: number): void {
    this.visible = this.visible.slice(0, Math.max(1, this.visible.length - count));
  }

  private newLine(): void {
    this.visible.push("");
    if (this.visible.length > this.rows) this.scrolled.push(this.visible.shift() ?? "");
  }

  private print(text: string): void {
    for (const character of text) {
      if ((this.visible.at(-1) ?? "").length >= this.columns) this.newLine();
      this.visible[this.visible.length - 1] += character;
    }
  }
}

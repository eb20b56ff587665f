import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const root = path.resolve(__dirname, "..", "..");

/** A Pulumi project in a folder of its own, whose packages are this repository's. */
export class TemporaryProject {
  public readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "tandem-project-"));

  public constructor(program: string, files: Readonly<Record<string, string>> = {}) {
    fs.symlinkSync(path.join(root, "node_modules"), path.join(this.folder, "node_modules"), "dir");
    this.write("Pulumi.yaml", "name: proj\nruntime: nodejs\n");
    this.write("package.json", JSON.stringify({ name: "proj", main: "index.ts" }));
    this.write("index.ts", program.replaceAll(`"tandem"`, JSON.stringify(path.join(root, "components"))));
    for (const [name, content] of Object.entries(files)) this.write(name, content);
  }

  public write(name: string, content: string): void {
    const file = path.join(this.folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  }

  /** Changes the program's text. */
  public edit(from: string, to: string): void {
    const file = path.join(this.folder, "index.ts");
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace(from, to));
  }

  public remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

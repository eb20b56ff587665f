import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

export const repository = path.resolve(__dirname, "..");

/**
 * A project in a folder of its own. Its `node_modules` is a real folder with links to this repository's packages, so
 * that the caches, which are kept there, are its own and empty.
 */
export class BenchProject {
  private constructor(public readonly folder: string) {}

  /** A project whose program is `program`, as a user writes it. */
  public static of(program: string): BenchProject {
    const project = BenchProject.make();
    project.write("Pulumi.yaml", "name: bench\nruntime: nodejs\n");
    project.write("package.json", JSON.stringify({ name: "bench", main: "index.ts" }));
    project.write("index.ts", program);
    return project;
  }

  /** A copy of examples/video-thumbnailer. */
  public static ofThumbnailer(): BenchProject {
    const project = BenchProject.make();
    fs.cpSync(path.join(repository, "examples", "video-thumbnailer"), project.folder, {
      recursive: true,
      filter: (file) => !/[\\/](\.tandem|node_modules)$/.test(file),
    });
    return project;
  }

  private static make(): BenchProject {
    const project = new BenchProject(fs.mkdtempSync(path.join(os.tmpdir(), "tandem-bench-")));
    project.linkPackages();
    return project;
  }

  public write(name: string, content: string): void {
    fs.writeFileSync(path.join(this.folder, name), content);
  }

  public read(name: string): string {
    return fs.readFileSync(path.join(this.folder, name), "utf8");
  }

  /** Takes the project back to how it was before it first ran. */
  public cool(): void {
    this.forget();
    fs.rmSync(path.join(this.folder, "node_modules", ".cache"), { recursive: true, force: true });
  }

  /** Removes what earlier runs have built and stored. */
  public forget(): void {
    fs.rmSync(path.join(this.folder, ".tandem"), { recursive: true, force: true });
  }

  public remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  private linkPackages(): void {
    const from = path.join(repository, "node_modules");
    const to = path.join(this.folder, "node_modules");
    fs.mkdirSync(to);
    for (const name of fs.readdirSync(from)) {
      if (!name.startsWith(".")) fs.symlinkSync(path.join(from, name), path.join(to, name), "dir");
    }
  }
}

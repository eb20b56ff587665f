import { fork, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import type { Properties, RecordedResource } from "../graph/resource";
import { EngineError } from "../errors";
import { accountOf } from "../services/account";
import type { Clock } from "../services/clock";
import { Monitor, type Answers, type Recording } from "./monitor";
import type { Project } from "./project";
import { libraryRoot, readable, readLoaded, type LoadedReport } from "./program-report";
import { Transforms } from "./transforms";
import { Watchdog } from "./watchdog";

/** What a program came to. */
export interface RecordedProgram {
  readonly resources: ReadonlyMap<string, RecordedResource>;
  readonly stackOutputs: Properties;
  /** The names of the outputs that are secret. */
  readonly secretOutputs: readonly string[];
  /** The project's own files that were loaded: a change of one calls for another run. */
  readonly files: readonly string[];
}

export interface ProgramOptions {
  readonly answers: Answers;
  readonly clock: Clock;
  /** A folder for what is kept between runs, to start the next one faster. */
  readonly cacheFolder: string;
  /** A line that the program printed, or logged with `pulumi.log`. */
  readonly onLine: (line: string, level: "info" | "warning" | "error") => void;
}

/** Node loads an ES module by itself, also one in TypeScript; before 22.18 it has to be told to. */
const stripTypes = process.features.typescript === false ? ["--experimental-strip-types"] : [];
/** Registrations that the SDK has under way at once. */
const parallel = "64";

/** Runs a project's program and records what it registers, again and again. */
export class Program {
  private readonly monitor = new Monitor();
  private standby: { readonly child: ChildProcess; readonly settings: string } | undefined;
  private running: ChildProcess | undefined;
  private listening: Promise<void> | undefined;
  private closed = false;

  public constructor(private readonly options: ProgramOptions) {}

  /**
   * Runs the program once.
   * @throws `ERR_PROGRAM_FAILED` with what it printed, `ERR_PROGRAM_EXITED`, `ERR_PROGRAM_HANGS`
   */
  public async run(project: Project): Promise<RecordedProgram> {
    this.listening ??= this.monitor.listen();
    await this.listening;
    if (this.closed) throw new Error("the program was closed before it could run");
    const child = this.takeStandby(project) ?? this.spawn(project);
    this.running = child;
    const transforms = new Transforms();
    const recording: Recording = {
      project: project.name,
      stack: project.stack,
      folder: project.folder,
      answers: this.options.answers,
      transforms,
      resources: new Map(),
      states: new Map(),
      logs: [],
      refusals: [],
      stackOutputs: undefined,
      secretOutputs: [],
      onCall: () => watchdog.reset(),
      onLog: ({ severity, message }) => {
        if (severity === "info" || severity === "warning") this.options.onLine(message, severity);
      },
    };
    const watchdog = new Watchdog(this.options.clock, child, (seconds) => {
      const { size } = recording.resources;
      this.options.onLine(
        `the program has registered ${size} resources, and none for ${seconds} seconds; it still works`,
        "info",
      );
    });
    this.monitor.record(recording);
    const printed = this.collect(child);
    const loaded = path.join(this.options.cacheFolder, `loaded-${process.pid}-${child.pid}.json`);
    try {
      const code = await this.execute(child, project, loaded);
      const report = readLoaded(loaded);
      this.check(recording, code, printed.errors, watchdog.hang, report?.exitedAt);
      const files = this.keepLoaded(report, project);
      const { resources, stackOutputs = {}, secretOutputs } = recording;
      return { resources, stackOutputs, secretOutputs, files };
    } finally {
      watchdog.stop();
      this.monitor.record(undefined);
      transforms.close();
      this.running = undefined;
      fs.rmSync(loaded, { force: true });
    }
  }

  /** Starts a process that is ready to run the program at once; does nothing after {@link Program.close}. */
  public prepare(project: Project): void {
    if (this.closed || this.standby !== undefined) return;
    const child = this.spawn(project);
    this.standby = { child, settings: this.settingsOf(project) };
    child.once("exit", () => {
      if (this.standby?.child === child) this.standby = undefined;
    });
  }

  /** The process that waits, unless the project's settings have changed since it was started. */
  private takeStandby(project: Project): ChildProcess | undefined {
    const { standby } = this;
    this.standby = undefined;
    if (standby === undefined || standby.settings === this.settingsOf(project)) return standby?.child;
    standby.child.kill("SIGKILL");
    return undefined;
  }

  /** Ends all processes of the program; none is started any more. */
  public close(): void {
    this.closed = true;
    this.standby?.child.kill("SIGKILL");
    this.running?.kill("SIGKILL");
    this.monitor.close();
  }

  private spawn(project: Project): ChildProcess {
    fs.mkdirSync(this.options.cacheFolder, { recursive: true });
    return fork(path.join(__dirname, "program-process.js"), [this.preloadFile()], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // A program is short and makes much: a larger nursery spares it most collections.
      execArgv: ["--no-warnings", "--max-semi-space-size=64", ...stripTypes, ...project.runtimeOptions.nodeargs],
      cwd: project.folder,
      env: { ...process.env, ...this.environmentOf(project) },
    });
  }

  /** Everything of a project that its process is started with. */
  private settingsOf(project: Project): string {
    return JSON.stringify([project.folder, project.runtimeOptions, this.environmentOf(project)]);
  }

  /** What the SDK reads as soon as it is loaded, which may be before the program is to run. */
  private environmentOf(project: Project): Record<string, string> {
    const { typescript, tsconfig } = project.runtimeOptions;
    const { region } = accountOf(project.config);
    return {
      // A program that asks for the region is to hear of the one that all ARNs here name.
      PULUMI_CONFIG: JSON.stringify({ "aws:region": region, ...project.config }),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(project.secretKeys),
      PULUMI_NODEJS_ORGANIZATION: "organization",
      PULUMI_NODEJS_PROJECT: project.name,
      PULUMI_NODEJS_ROOT_DIRECTORY: project.root,
      PULUMI_NODEJS_STACK: project.stack,
      PULUMI_NODEJS_PARALLEL: parallel,
      PULUMI_NODEJS_MONITOR: this.monitor.address,
      PULUMI_NODEJS_ENGINE: this.monitor.address,
      // The process loads TypeScript itself, unless the project says that it is not to be loaded.
      PULUMI_NODEJS_TYPESCRIPT: typescript ? "false" : "none",
      ...(tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig }),
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
    };
  }

  private preloadFile(): string {
    return path.join(this.options.cacheFolder, "preload.json");
  }

  private execute(child: ChildProcess, project: Project, loaded: string): Promise<number | null> {
    const args = [
      `--monitor=${this.monitor.address}`,
      `--engine=${this.monitor.address}`,
      `--project=${project.name}`,
      `--stack=${project.stack}`,
      `--root-directory=${project.root}`,
      "--organization=organization",
      `--parallel=${parallel}`,
      `--pwd=${project.folder}`,
      project.main,
    ];
    child.send({ args, runner: runnerOf(project), loaded });
    return new Promise((resolve) => {
      if (child.exitCode !== null) resolve(child.exitCode);
      else child.once("close", (code) => resolve(code));
    });
  }

  /** Passes on what the program prints, and keeps the end of its errors. */
  private collect(child: ChildProcess): { readonly errors: string[] } {
    const errors: string[] = [];
    const lines = (level: "info" | "error") => {
      let rest = "";
      return (chunk: Buffer): void => {
        const parts = (rest + chunk.toString("utf8")).split("\n");
        rest = parts.pop() ?? "";
        for (const line of parts) {
          if (level === "error") errors.push(line);
          this.options.onLine(line, level === "error" ? "warning" : "info");
        }
      };
    };
    child.stdout?.on("data", lines("info"));
    child.stderr?.on("data", lines("error"));
    return { errors };
  }

  private check(
    recording: Recording,
    code: number | null,
    printed: readonly string[],
    hang: string | undefined,
    exitedAt: string | undefined,
  ): void {
    if (hang !== undefined) {
      throw new EngineError(
        "ERR_PROGRAM_HANGS",
        `the program registered ${recording.resources.size} resources and then ${hang}`,
        "end what keeps it running: a server, a timer, or a promise that never settles",
      );
    }
    if (exitedAt !== undefined || (code === 0 && recording.stackOutputs === undefined)) {
      throw new EngineError(
        "ERR_PROGRAM_EXITED",
        "the program ended its own process before it came to its end",
        "remove the call of process.exit from the program",
        exitedAt,
      );
    }
    const errors = recording.logs.filter(({ severity }) => severity === "error").map(({ message }) => message.trim());
    const [refusal] = recording.refusals;
    if (refusal !== undefined && (code !== 0 || errors.length > 0)) throw refusal;
    if (code !== 0 || errors.length > 0) {
      const report =
        errors.length > 0 ? [...new Set(errors.map(readable))].join("\n\n") : readable(printed.slice(-20).join("\n"));
      throw new EngineError("ERR_PROGRAM_FAILED", `the program failed\n\n${report || `it ended with code ${code}`}\n`);
    }
  }

  /** Remembers which packages were loaded, for the next process to load ahead. */
  private keepLoaded(report: LoadedReport | undefined, project: Project): string[] {
    const { packages = [], own = [] } = report ?? {};
    const isLibrary = (name: string): boolean => name.startsWith(libraryRoot) && !name.startsWith(project.root);
    // The runner itself starts to run when it is loaded.
    const ahead = [...packages, ...own.filter(isLibrary)].filter((name) => !/cmd[\\/]run[\\/]/.test(name));
    const next = JSON.stringify(ahead);
    const preload = this.preloadFile();
    if (!fs.existsSync(preload) || fs.readFileSync(preload, "utf8") !== next) fs.writeFileSync(preload, next);
    return [...own.filter((name) => !isLibrary(name)), ...project.files];
  }
}

/** The SDK's own runner, from the copy that the program will load: two copies would not know of each other. */
function runnerOf(project: Project): string {
  try {
    return createRequire(path.join(project.folder, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  } catch {
    return require.resolve("@pulumi/pulumi/cmd/run");
  }
}

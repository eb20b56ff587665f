import { spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Running } from "../command";
import { AwsxProvider, type Constructed } from "./awsx-provider";
import { Cloud } from "./cloud";
import { LanguageHost } from "./language-host";
import { Plugins, type Plugin } from "./plugins";
import { ResourceProvider } from "./resource-provider";

/** A step of an operation, as Pulumi's engine reports it. */
export interface Step {
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  readonly name: string;
}

/** What an operation came to. */
export interface Outcome {
  readonly code: number | null;
  readonly output: string;
  /** All but those of providers and of the stack itself. */
  readonly steps: readonly Step[];
}

export interface PulumiOptions {
  /** The folder with Pulumi.yaml. */
  readonly project: string;
  /** Where the account and Pulumi's own state are. @defaultValue a new one */
  readonly home?: string;
}

export interface RunOptions {
  /** Runs in another folder than the project's first: another checkout of it. */
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly stack?: string;
  /** What the command and the program take from the modes of files that they make. */
  readonly umask?: number;
}

/** Pulumi's own CLI and engine, with the project's state in a folder, before an account of the tests' own. */
export class Pulumi {
  /** What awsx has made, by URN. */
  public readonly constructed = new Map<string, Constructed>();
  private readonly clouds = new Map<string, Promise<Cloud>>();
  private output: (text: string) => void = () => undefined;
  private environment: NodeJS.ProcessEnv = {};
  private plugins: Plugins | undefined;

  /** Where the program runs, which is not always where Pulumi.yaml is. */
  private programFolder: string;

  private constructor(
    public readonly project: string,
    public readonly home: string,
  ) {
    this.programFolder = project;
  }

  /** Starts the plugins. @throws where there is no Pulumi CLI */
  public static async start({ project, home }: PulumiOptions): Promise<Pulumi> {
    checkCli();
    const pulumi = new Pulumi(project, home ?? fs.mkdtempSync(path.join(os.tmpdir(), "tandem-pulumi-")));
    fs.mkdirSync(path.join(pulumi.home, "state"), { recursive: true });
    const provider =
      (name: string): Plugin =>
      (server, _args, folder) => {
        pulumi.programFolder = folder;
        new ResourceProvider({ package: name, cloud: (region) => pulumi.cloud(region), folder }).addTo(server);
      };
    pulumi.plugins = await Plugins.start(
      {
        "pulumi-language-nodejs": (server, args) =>
          new LanguageHost(args.at(-1) ?? "", pulumi.environment, (text) => pulumi.output(text)).addTo(server),
        "pulumi-resource-aws": provider("aws"),
        "pulumi-resource-docker-build": provider("docker-build"),
        "pulumi-resource-docker": provider("docker"),
        "pulumi-resource-awsx": (server) => new AwsxProvider(pulumi.constructed).addTo(server),
      },
      path.join(pulumi.home, "plugins"),
    );
    return pulumi;
  }

  /** The account in a region. @defaultValue `us-east-1` */
  public cloud(region = "us-east-1"): Promise<Cloud> {
    const known =
      this.clouds.get(region) ?? Cloud.open(path.join(this.home, "cloud", region), this.programFolder, region);
    this.clouds.set(region, known);
    return known;
  }

  /** Makes a stack. */
  public async init(stack: string, config: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.done(["stack", "init", stack]);
    for (const [key, value] of Object.entries({ "aws:region": "us-east-1", ...config }))
      await this.done(["config", "set", key, value, "--stack", stack]);
  }

  public preview(options: RunOptions = {}): Promise<Outcome> {
    return this.operation(["preview"], options);
  }

  public up(options: RunOptions = {}): Promise<Outcome> {
    return this.operation(["up", "--yes", "--skip-preview"], options);
  }

  public refresh(options: RunOptions = {}): Promise<Outcome> {
    return this.operation(["refresh", "--yes", "--skip-preview"], options);
  }

  public destroy(options: RunOptions = {}): Promise<Outcome> {
    return this.operation(["destroy", "--yes", "--skip-preview"], options);
  }

  /** `pulumi preview --diff`, as a person reads it. */
  public diff(options: RunOptions = {}): Promise<Outcome> {
    return this.operation(["preview", "--diff"], options);
  }

  /** What the program exports. */
  public async outputs(stack = "dev"): Promise<Record<string, unknown>> {
    return JSON.parse(await this.done(["stack", "output", "--json", "--stack", stack])) as Record<string, unknown>;
  }

  /** A command that runs to its end. @throws where it fails */
  public async done(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const { code, output } = await this.start(args, options).ended;
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${code}:\n${output}`);
    return output;
  }

  /** What the CLI needs to find the stack, and the plugins. */
  public get variables(): Record<string, string> {
    return {
      PATH: [this.plugins?.folder, process.env.PATH].join(path.delimiter),
      PULUMI_BACKEND_URL: `file://${path.join(this.home, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_HOME: path.join(this.home, "pulumi"),
      PULUMI_DEBUG_COMMANDS: "true",
      AWS_REGION: "us-east-1",
      NO_COLOR: "1",
      // What tsc checks, and takes seconds each time.
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    };
  }

  /** Starts any command of the CLI. */
  public start(args: readonly string[], { cwd = this.project, env = {} }: RunOptions = {}): Running {
    this.environment = { ...process.env, ...this.variables, ...env };
    const child = spawn("pulumi", ["--non-interactive", "--color", "never", ...args], {
      cwd,
      env: this.environment,
      stdio: "pipe",
    });
    const running = new Running(child);
    this.output = (text) => (running.output += text);
    return running;
  }

  public async close(): Promise<void> {
    for (const cloud of this.clouds.values()) await (await cloud).close();
    this.plugins?.close();
  }

  private async operation(args: readonly string[], options: RunOptions): Promise<Outcome> {
    const log = path.join(this.home, `events-${Date.now()}.jsonl`);
    // Processes have their umask from the one that starts them.
    const umask = process.umask(options.umask ?? process.umask());
    const running = this.start([...args, "--stack", options.stack ?? "dev", "--event-log", log], options);
    const { code, output } = await running.ended.finally(() => process.umask(umask));
    return { code, output, steps: readSteps(log) };
  }
}

function readSteps(log: string): Step[] {
  if (!fs.existsSync(log)) return [];
  return fs
    .readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { resourcePreEvent?: { metadata: Omit<Step, "name"> } })
    .flatMap(({ resourcePreEvent }) => (resourcePreEvent === undefined ? [] : [resourcePreEvent.metadata]))
    .filter(({ type }) => !type.startsWith("pulumi:"))
    .map(({ op, urn, type }) => ({ op, urn, type, name: urn.split("::").slice(3).join("::") }));
}

/** @throws where there is no CLI to test with */
function checkCli(): void {
  const { error } = spawnSync("pulumi", ["version"], { stdio: "ignore" });
  if (error !== undefined)
    throw new Error("the Pulumi CLI is not on PATH; install it: https://www.pulumi.com/docs/install/");
}

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import * as path from "node:path";
import type * as grpc from "@grpc/grpc-js";
import * as pb from "@pulumi/pulumi/proto/language_pb";
import * as pluginPb from "@pulumi/pulumi/proto/plugin_pb";
import { addService, answer } from "../../../engine/monitor/grpc";

/** The exit code of a program that has told its errors by itself. */
const reported = 32;

/**
 * Runs programs as `pulumi-language-nodejs` does, which is not to be had without a download: the same arguments and
 * environment for the SDK's own runner (https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/cmd/pulumi-language-nodejs/main.go).
 */
export class LanguageHost {
  /** @param environment that of the command, to which its plugins belong */
  public constructor(
    private readonly engine: string,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly onOutput: (text: string) => void,
  ) {}

  public addTo(server: grpc.Server): void {
    addService(server, "language", "LanguageRuntime", {
      getPluginInfo: answer(() => new pluginPb.PluginInfo().setVersion("3.200.0")),
      // What a program needs is found on PATH, whatever its version.
      getRequiredPackages: answer(() => new pb.GetRequiredPackagesResponse()),
      getRequiredPlugins: answer(() => new pb.GetRequiredPluginsResponse()),
      run: answer((request: pb.RunRequest) => this.run(request)),
    });
  }

  private async run(request: pb.RunRequest): Promise<pb.RunResponse> {
    const info = request.getInfo();
    const folder = info?.getProgramDirectory() ?? request.getPwd();
    const options = (info?.getOptions()?.toJavaScript() ?? {}) as { nodeargs?: string; typescript?: boolean };
    const runner = createRequire(path.join(folder, "package.json")).resolve("@pulumi/pulumi/cmd/run");
    const config = Object.fromEntries(
      request
        .getConfigMap()
        .getEntryList()
        .map(([key, value]) => [key.replace(/:(?:config:)?/, ":config:"), value]),
    );
    const child = spawn(
      process.execPath,
      [
        ...(options.nodeargs ?? "").split(" ").filter((word) => word !== ""),
        runner,
        ...["--monitor", request.getMonitorAddress()],
        ...["--engine", this.engine],
        ...["--organization", request.getOrganization()],
        ...["--project", request.getProject()],
        ...["--root-directory", info?.getRootDirectory() ?? folder],
        ...["--stack", request.getStack()],
        ...["--pwd", folder],
        ...(request.getDryrun() ? ["--dry-run"] : []),
        ...["--parallel", String(request.getParallel())],
        info?.getEntryPoint() ?? ".",
      ],
      {
        cwd: folder,
        env: {
          ...this.environment,
          PULUMI_CONFIG: JSON.stringify(config),
          PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
          ...(options.typescript === false ? {} : { PULUMI_NODEJS_TYPESCRIPT: "true" }),
        },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    child.stdout.on("data", (chunk: Buffer) => this.onOutput(chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => this.onOutput(chunk.toString("utf8")));
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    if (code === 0) return new pb.RunResponse();
    if (code === reported) return new pb.RunResponse().setBail(true);
    return new pb.RunResponse().setError(`Program exited with non-zero exit code: ${code}`);
  }
}

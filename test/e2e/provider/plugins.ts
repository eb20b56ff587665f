import * as fs from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import type * as grpc from "@grpc/grpc-js";
import { grpcServer, listenOnLoopback } from "../../../engine/monitor/grpc";

/** Adds the services of a plugin to its server; `args` and `folder` are those of its process. */
export type Plugin = (server: grpc.Server, args: readonly string[], folder: string) => void;

/**
 * Plugins as Pulumi finds them on PATH: programs that print the port they serve. Each asks this process for a server of
 * its own, so that the tests can look into what is served.
 */
export class Plugins {
  private readonly servers: grpc.Server[] = [];
  private readonly http: Server;

  private constructor(
    private readonly plugins: Readonly<Record<string, Plugin>>,
    public readonly folder: string,
  ) {
    this.http = createServer((request, response) => {
      const url = new URL(request.url ?? "/", "http://127.0.0.1");
      void this.serve(url.pathname.slice(1), url.searchParams).then(
        (port) => response.end(`${port}\n`),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
  }

  /** @param folder where the programs are written, to be put on PATH */
  public static async start(plugins: Readonly<Record<string, Plugin>>, folder: string): Promise<Plugins> {
    const started = new Plugins(plugins, folder);
    await new Promise<void>((resolve) => started.http.listen(0, "127.0.0.1", resolve));
    const { port } = started.http.address() as AddressInfo;
    fs.mkdirSync(folder, { recursive: true });
    for (const name of Object.keys(plugins)) {
      fs.writeFileSync(path.join(folder, name), program(name, port), { mode: 0o755 });
    }
    return started;
  }

  public close(): void {
    this.http.close();
    for (const server of this.servers) server.forceShutdown();
  }

  private async serve(name: string, query: URLSearchParams): Promise<number> {
    const plugin = this.plugins[name];
    if (plugin === undefined) throw new Error(`there is no plugin ${name}`);
    const server = grpcServer();
    plugin(server, query.getAll("arg"), query.get("folder") ?? "");
    this.servers.push(server);
    return listenOnLoopback(server);
  }
}

/** It lives as long as the engine of Pulumi wants it to. */
function program(name: string, port: number): string {
  return `#!${process.execPath}
const query = new URLSearchParams([["folder", process.cwd()], ...process.argv.slice(2).map((arg) => ["arg", arg])]);
require("node:http").get("http://127.0.0.1:${port}/${name}?" + query, (response) => {
  response.pipe(process.stdout, { end: false });
  if (response.statusCode !== 200) process.exitCode = 1;
  else setInterval(() => undefined, 1_000_000);
});
`;
}

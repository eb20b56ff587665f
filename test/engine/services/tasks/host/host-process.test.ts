import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import * as path from "node:path";

describe("A task's process", () => {
  const server = createServer();
  let connection: Socket | undefined;
  afterEach(() => {
    connection?.destroy();
    server.close();
  });

  it("does not outlive an engine that is killed", async () => {
    // The task holds a connection, which its death closes.
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const engine = spawn(
      process.execPath,
      ["-r", "./engine/monitor/register.js", path.join(__dirname, "host-process-engine.ts"), String(port)],
      { stdio: "ignore" },
    );
    const [accepted] = (await once(server, "connection")) as [Socket];
    connection = accepted;
    const gone = once(accepted.on("error", () => undefined).resume(), "close");
    engine.kill("SIGKILL");
    await gone;
  });
});

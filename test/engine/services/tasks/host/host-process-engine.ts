import { systemClock } from "../../../../../engine/services/clock";
import { HostProcess } from "../../../../../engine/services/tasks/host/host-process";

// An engine for a test to kill. It runs one task, which connects to the port that is given, and goes by no signal.
const code = `process.on("SIGTERM", () => undefined).on("SIGHUP", () => undefined); require("net").connect(${process.argv[2] ?? ""}, "127.0.0.1")`;
new HostProcess({
  program: process.execPath,
  arguments: ["-e", code],
  folder: "/",
  environment: {},
  stopSignal: "SIGTERM",
  clock: systemClock,
  onLine: () => undefined,
});

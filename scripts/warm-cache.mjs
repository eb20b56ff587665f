// Runs the example once after an install, so that what Node compiles of the SDK is in its cache (node_modules/.cache)
// when somebody starts it for the first time: that start takes half the time. What fails here is of no consequence.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

const data = mkdtempSync(path.join(tmpdir(), "tandem-warm-"));
spawnSync(process.execPath, ["bin/tandem.js", "up", "examples/video-thumbnailer", "--once", "--data", data], {
  env: { ...process.env, TANDEM_DOCKER: "off" },
  stdio: "ignore",
  timeout: 20_000,
});
rmSync(data, { recursive: true, force: true });

import { execFile } from "node:child_process";
import * as path from "node:path";
import { promisify } from "node:util";
import type { DriverResult } from "./http-driver";
import { repository } from "./project";

/** Sends requests from a process of their own, so that the one that measures is not the one that is measured. */
export async function drive(url: string, connections: number, seconds: number): Promise<DriverResult> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--require",
    path.join(repository, "engine", "monitor", "register.js"),
    path.join(repository, "bench", "http-driver.ts"),
    url,
    String(connections),
    String(seconds),
  ]);
  return JSON.parse(stdout) as DriverResult;
}

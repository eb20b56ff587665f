import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { repository } from "./project";

/** Another server as npm installs it, in a folder of its own, with a script that starts it. */
export interface PeerPackage {
  /** With its version: `s3rver@3.7.1`. */
  readonly packageName: string;
  /** The script's name and text; it prints the port. */
  readonly script: { readonly name: string; readonly text: string };
}

/** Installs a peer, once; returns the folder that its script runs in. */
export function installPeer({ packageName, script }: PeerPackage): string {
  const folder = path.join(repository, "node_modules", ".cache", "bench", packageName.replace(/\W+/g, "-"));
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, script.name), script.text);
  const name = packageName.slice(0, packageName.lastIndexOf("@"));
  if (fs.existsSync(path.join(folder, "node_modules", name))) return folder;
  const options = ["--no-audit", "--no-fund", "--loglevel", "error"];
  execFileSync("npm", ["install", "--prefix", folder, ...options, packageName], { stdio: "pipe" });
  return folder;
}

import type { Command } from "commander";
import * as fs from "node:fs";
import * as path from "node:path";
import { pipeline } from "node:stream/promises";
import { EngineError } from "../../engine/errors";
import { green } from "../colours";
import { checkPutFile } from "../put-file";
import { stackOptions } from "../stack-options";

const bucketType = "aws:s3/bucket:Bucket";

/** `tandem put` and `tandem get`: objects of the running program. */
export function registerObjects(program: Command): void {
  stackOptions(
    program
      .command("put")
      .description("put a file into a bucket of the running program")
      .argument("<bucket>", "the bucket's name in the program")
      .argument("<file>", "the file, or - for standard input")
      .argument("[key]", "the object's key (default: the file's name)"),
  ).action(async (bucket: string, file: string, key: string | undefined, options) => {
    const { RunningStack } = require("../running") as typeof import("../running");
    const stack = await RunningStack.find(options);
    const { id } = stack.resource("bucket", bucketType, bucket);
    const body = file === "-" ? process.stdin : readable(file);
    const target = key ?? (file === "-" ? missingKey() : path.basename(file));
    const { Upload } = await import("@aws-sdk/lib-storage");
    await new Upload({ client: stack.s3(), params: { Bucket: id, Key: target, Body: body } }).done();
    process.stdout.write(`${green("put")} ${target} into ${bucket}\n`);
  });

  stackOptions(
    program
      .command("get")
      .description("read an object of the running program")
      .argument("<bucket>", "the bucket's name in the program")
      .argument("<key>", "the object's key")
      .argument("[file]", "where to write it, or - for standard output (default: the key's last part)"),
  ).action(async (bucket: string, key: string, file: string | undefined, options) => {
    const { RunningStack } = require("../running") as typeof import("../running");
    const stack = await RunningStack.find(options);
    const { id } = stack.resource("bucket", bucketType, bucket);
    const { GetObjectCommand, NoSuchKey } = await import("@aws-sdk/client-s3");
    try {
      const { Body } = await stack.s3().send(new GetObjectCommand({ Bucket: id, Key: key }));
      const content = Body as NodeJS.ReadableStream;
      const target = file ?? path.basename(key);
      if (target === "-") return await pipeline(content, process.stdout, { end: false });
      await download(content, target);
      process.stdout.write(`${green("got")} ${key} as ${target}\n`);
    } catch (error) {
      if (!(error instanceof NoSuchKey)) throw error;
      throw new EngineError("ERR_NOT_FOUND", `bucket ${bucket} has no such key`, `see: tandem ls ${bucket}`, key);
    }
  });
}

/** A download that breaks off leaves no half file behind. */
async function download(content: NodeJS.ReadableStream, target: string): Promise<void> {
  const partial = `${target}.tandem-${process.pid}`;
  try {
    await pipeline(content, fs.createWriteStream(partial));
    fs.renameSync(partial, target);
  } catch (error) {
    fs.rmSync(partial, { force: true });
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall !== "open" && syscall !== "rename") throw error;
    throw new EngineError(
      "ERR_NOT_FOUND",
      "the file cannot be written",
      "name a file in a folder that is there and can be written",
      `${target}: ${code}`,
    );
  }
}

function readable(file: string): fs.ReadStream {
  checkPutFile(file);
  return fs.createReadStream(file);
}

function missingKey(): never {
  throw new EngineError("ERR_NOT_FOUND", "standard input has no name", "give a key: tandem put <bucket> - <key>");
}

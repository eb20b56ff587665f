import { execFile } from "node:child_process";
import * as path from "node:path";
import { TandemError } from "../../shared/errors";

/** Lambda's own limit for a function's initialization, in milliseconds. */
const initLimit = 10_000;

/** Says on standard output what went wrong, in JSON, so that nothing else the module prints is mistaken for it. */
const loader = `
const fail = (error) => { process.stdout.write("\\n@tandem " + JSON.stringify({
  message: error && error.message || String(error), stack: error && error.stack || "" }) + "\\n"); process.exit(1); };
process.on("unhandledRejection", fail);
try {
  const loaded = require(process.argv[1]);
  if (typeof loaded.handler !== "function") throw new Error("it exports no function of that name");
  setImmediate(() => process.exit(0));
} catch (error) { fail(error); }
`;

/**
 * Loads a bundle once in a process of its own, as Lambda will: what would crash on the first cold start fails here.
 * @param file the bundle
 * @param environment what the function will find in its environment, as far as it is known
 * @throws `ERR_BUNDLE_LOAD`
 */
export async function checkLoads(
  whose: string,
  file: string,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const failure = await new Promise<{ message: string; stack: string } | undefined>((resolve) => {
    execFile(
      process.execPath,
      ["--enable-source-maps", "--no-warnings", "-e", loader, file],
      {
        timeout: initLimit,
        env: { PATH: process.env.PATH, NODE_PATH: sdkFolder(), AWS_REGION: "us-east-1", ...environment },
      },
      (error, stdout) => {
        if (error === null) return resolve(undefined);
        const report = /\n@tandem (.*)\n/.exec(stdout)?.[1];
        if (report !== undefined) return resolve(JSON.parse(report) as { message: string; stack: string });
        const message =
          error.killed === true
            ? "it was not loaded within 10 seconds"
            : `it ended with code ${error.code ?? "unknown"}`;
        resolve({ message, stack: "" });
      },
    );
  });
  if (failure === undefined) return;
  const place = failure.stack.split("\n").find((line) => /^\s+at /.test(line) && !line.includes("node:"));
  throw new TandemError([
    {
      code: "ERR_BUNDLE_LOAD",
      message: `${whose} fails when it is loaded, before any event: ${failure.message.split("\n")[0] ?? ""}`,
      // The bundle lies in a folder of its own; the paths in its source map are the project's.
      ...(place === undefined ? {} : { got: place.trim().replace(/\.tandem[\\/]\.build[\\/]/, "") }),
      fix: "correct what runs while the handler's modules are loaded, or move it into the handler",
    },
  ]);
}

/** Where the AWS SDK of Lambda's runtime stands on this machine: beside this library. */
function sdkFolder(): string {
  return path.resolve(require.resolve("@aws-sdk/client-s3/package.json"), "..", "..", "..");
}

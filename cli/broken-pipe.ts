import { exitCodes } from "./exit";

/**
 * Ends the command when nobody reads its output any more, as in `tandem ls jobs | head`: one that ends tidily when it is
 * told to is told so, any other ends at once.
 */
export function endWithReader(process: Pick<NodeJS.Process, "stdout" | "listenerCount" | "emit" | "exit">): void {
  let isEnding = false;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    if (isEnding) return;
    isEnding = true;
    if (process.listenerCount("SIGTERM") > 0) process.emit("SIGTERM", "SIGTERM");
    else process.exit(exitCodes.done);
  });
}

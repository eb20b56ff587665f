/** What collects the rejections of the recording that runs, if one does. */
let collect: ((reason: unknown) => void) | undefined;
/** Messages of failures that a recording has thrown: what else waited for the same value rejects later, with more words. */
const reported = new Set<string>();
let isInstalled = false;

/**
 * Collects what is rejected and handled by nobody: errors inside Outputs, which reach no caller. Returns what ends it,
 * given the failure that is reported, if any.
 */
export function collectRejections(onRejection: (reason: unknown) => void): (failure: unknown) => void {
  install();
  collect = onRejection;
  return (failure) => {
    collect = undefined;
    if (failure instanceof Error) reported.add(failure.message);
  };
}

/** Stands before the listeners that there are, such as mocha's, which fails a test for every rejection. */
function install(): void {
  if (isInstalled) return;
  isInstalled = true;
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", (reason, promise) => {
    if (collect !== undefined) return collect(reason);
    const message = reason instanceof Error ? reason.message : String(reason);
    if ([...reported].some((text) => message.includes(text))) return;
    if (others.length === 0) throw reason;
    for (const other of others) other(reason, promise);
  });
}

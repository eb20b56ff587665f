type Listener = NodeJS.UnhandledRejectionListener;

/** What collects the rejections of the recording that runs, if one does. */
let collect: ((reason: unknown) => void) | undefined;
/** Messages of failures that recordings have thrown: what else waited for the same value rejects later, with more words. */
const reported = new Set<string>();
/** The listeners that ours stands before, such as mocha's. */
let others: Listener[] = [];

/**
 * Collects what is rejected and handled by nobody: errors inside Outputs, which reach no caller. Returns what ends it,
 * given the failure that is reported, if any.
 */
export function collectRejections(onRejection: (reason: unknown) => void): (failure: unknown) => void {
  standBefore();
  collect = onRejection;
  return (failure) => {
    collect = undefined;
    if (failure === undefined) return standBack();
    // More of it may come, at any time: then this stays.
    const message = failure instanceof Error ? failure.message : String(failure);
    // Every text holds the empty one.
    if (message !== "") reported.add(message);
  };
}

function standBefore(): void {
  const there = process.listeners("unhandledRejection").filter((listener) => listener !== listen);
  process.removeAllListeners("unhandledRejection");
  others.push(...there.filter((listener) => !others.includes(listener)));
  process.on("unhandledRejection", listen);
}

function standBack(): void {
  process.off("unhandledRejection", listen);
  const back = others;
  others = [];
  for (const listener of back) process.on("unhandledRejection", listener);
}

/** The listeners that are being called. */
const called = new Set<Listener>();

const listen: Listener = (reason, promise) => {
  if (collect !== undefined) return collect(reason);
  const message = reason instanceof Error ? reason.message : String(reason);
  if ([...reported].some((text) => message.includes(text))) return;
  // As Node does where nobody listens.
  if (others.length === 0) throw reason;
  for (const other of others) {
    // mocha's own takes itself off and passes the rejection on to all that are left, which is here again.
    if (called.has(other)) continue;
    called.add(other);
    try {
      other(reason, promise);
    } finally {
      called.delete(other);
    }
  }
};

import type { FunctionDefinition, InvocationResult } from "./function-definition";
import type { InvocationReport } from "./invocation-log";
import type { ReadableTraces } from "./readable-traces";
import type { ProcessOutcome, ProcessReport } from "./function-process";

// Bytes: 6 MB and a little, as in AWS's own message; runtime/bootstrap.js holds the response against it.
const responseLimit = 6_291_556;

/** The report of an invocation that had begun. */
interface BegunReport extends ProcessReport {
  readonly outcome: Exclude<ProcessOutcome, { kind: "not-begun" }>;
}

/** What an outcome is to whoever invoked, and to the log. */
interface DescribedOutcome {
  readonly status: InvocationResult["status"];
  readonly payload: Buffer;
  readonly report: InvocationReport;
  /** The line that Lambda adds to the log; undefined for most outcomes. */
  readonly logLine?: string;
  /** In a few words, for people; undefined where it succeeded. */
  readonly error?: string;
}

/**
 * Says in AWS's words how an invocation ended: the error documents that callers match
 * (https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html).
 */
export function describeOutcome(
  requestId: string,
  { outcome, ...measured }: BegunReport,
  definition: FunctionDefinition,
  traces: ReadableTraces,
): DescribedOutcome {
  const failed = (type: string, message: string, isTimeout = false): DescribedOutcome => ({
    status: isTimeout ? "timed-out" : "failed",
    payload: errorPayload(type, message),
    report: { ...measured, status: isTimeout ? "timeout" : "error", errorType: isTimeout ? undefined : type },
    error: message,
  });
  const inRequest = (message: string): string => `RequestId: ${requestId} Error: ${message}`;
  switch (outcome.kind) {
    case "response":
      return {
        status: "succeeded",
        payload: outcome.payload,
        report: { ...measured, status: "success", errorType: undefined },
      };
    case "error":
    case "init-error": {
      const payload = Buffer.from(traces.json(outcome.payload.toString("utf8")));
      const { errorType, errorMessage } = readError(payload);
      // What the handler throws is the handler's business; the report names what the runtime could not deal with.
      const type = errorType.startsWith("Runtime.") ? errorType : undefined;
      const report = { ...measured, status: type === undefined ? "success" : "error", errorType: type } as const;
      return { status: "failed", payload, report, error: `${errorType}: ${errorMessage}` };
    }
    case "too-large":
      return failed(
        "Function.ResponseSizeTooLarge",
        `Response payload size exceeded maximum allowed payload size (${responseLimit} bytes).`,
      );
    case "timeout": {
      const line = `Task timed out after ${definition.timeout.toFixed(2)} seconds`;
      // What is measured is when the process was gone; what is reported is the limit.
      const duration = definition.timeout * 1000;
      const described = failed("Sandbox.Timedout", inRequest(line), true);
      return { ...described, report: { ...described.report, duration }, logLine: line, error: line };
    }
    case "out-of-memory":
      return failed("Runtime.OutOfMemory", inRequest("Runtime exited with error: signal: killed"));
    case "exit":
      return failed("Runtime.ExitError", inRequest(exitMessage(outcome.code, outcome.signal)));
  }
}

function exitMessage(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `Runtime exited with error: signal: ${signalWords[signal] ?? signal}`;
  return code === 0
    ? "Runtime exited without providing a reason"
    : `Runtime exited with error: exit status ${code ?? 1}`;
}

// As Linux and Go, in which AWS writes these messages, call them.
const signalWords: Partial<Record<NodeJS.Signals, string>> = {
  SIGABRT: "aborted",
  SIGBUS: "bus error",
  SIGILL: "illegal instruction",
  SIGINT: "interrupt",
  SIGKILL: "killed",
  SIGSEGV: "segmentation fault",
  SIGTERM: "terminated",
  SIGTRAP: "trace/breakpoint trap",
};

function errorPayload(errorType: string, errorMessage: string): Buffer {
  return Buffer.from(JSON.stringify({ errorType, errorMessage }));
}

function readError(payload: Buffer): { errorType: string; errorMessage: string } {
  try {
    const document = JSON.parse(payload.toString("utf8")) as Record<string, unknown>;
    return { errorType: String(document["errorType"]), errorMessage: String(document["errorMessage"]) };
  } catch {
    return { errorType: "Runtime.Unknown", errorMessage: "Unknown error" };
  }
}

import { AwsError } from "../../protocol/message";

/** An event source mapping from a queue to a function, as the program declares it. */
export interface MappingDefinition {
  /** Unique in the stack. */
  readonly id: string;
  /** The mapping's name in the program; what people are shown. */
  readonly displayName: string;
  readonly queueArn: string;
  /** The function's name. */
  readonly functionName: string;
  readonly enabled: boolean;
  /** Messages of one invocation: 1 to 10, or 10000 with a window. */
  readonly batchSize: number;
  /** Seconds to wait for a batch to fill up: 0 to 300. */
  readonly window: number;
  /** How many invocations may run at once: 2 to 1000. Undefined: as many as the function may have. */
  readonly maximumConcurrency: number | undefined;
  /** Whether the function says which messages of a batch failed. */
  readonly reportsFailures: boolean;
  /** Event patterns, as JSON: a message that none of them matches is deleted. Empty: all are let through. */
  readonly filters: readonly string[];
}

/** Refuses what Lambda refuses (https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html). */
export function checkMapping({ batchSize, window, maximumConcurrency, queueArn }: MappingDefinition): void {
  const isFifo = queueArn.endsWith(".fifo");
  if (!isWithin(batchSize, 1, 10_000)) throw invalid(`Batch size is from 1 to 10000, not ${batchSize}.`);
  if (!isWithin(window, 0, 300)) throw invalid(`Maximum batch window in seconds is from 0 to 300, not ${window}.`);
  if (isFifo && window > 0) throw invalid("Batching window is not supported for FIFO queues.");
  if (isFifo && batchSize > 10) throw invalid("Batch size of a FIFO queue cannot be greater than 10.");
  if (batchSize > 10 && window === 0) {
    throw invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10");
  }
  if (maximumConcurrency !== undefined && !isWithin(maximumConcurrency, 2, 1000))
    throw invalid(`MaximumConcurrency is from 2 to 1000, not ${maximumConcurrency}.`);
}

function isWithin(value: number, lowest: number, highest: number): boolean {
  return Number.isInteger(value) && value >= lowest && value <= highest;
}

function invalid(message: string): AwsError {
  return new AwsError("InvalidParameterValueException", message);
}

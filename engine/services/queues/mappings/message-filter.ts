import { compileEventPattern } from "../../events/event-pattern";
import { isRecord, parseObject } from "../../protocol/json-input";
import { AwsError } from "../../protocol/message";

/** Whether a record is for the function. */
export type MessageFilter = (record: object) => boolean;

/**
 * Compiles the filters of a mapping: a record passes if one of them matches it. A filter on the body of JSON lets no other
 * body through, and a filter on a plain body no JSON
 * (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html).
 */
export function compileFilters(patterns: readonly string[]): MessageFilter {
  if (patterns.length === 0) return () => true;
  if (patterns.length > 10) throw invalid("A mapping has up to 10 filters.");
  const filters = patterns.map((pattern) => {
    let matches;
    try {
      matches = compileEventPattern(pattern);
    } catch (error) {
      throw invalid(`Invalid filter pattern definition. ${error instanceof Error ? error.message : ""}`);
    }
    // A pattern that compiled is an object.
    const { body } = JSON.parse(pattern) as { body?: unknown };
    return { matches, wantsJson: isRecord(body), looksAtBody: body !== undefined };
  });
  return (record) => {
    const { body } = record as { readonly body?: unknown };
    const parsed = typeof body === "string" ? parseObject(body) : undefined;
    return filters.some(({ matches, wantsJson, looksAtBody }) => {
      if (!looksAtBody) return matches(record);
      if (wantsJson) return parsed !== undefined && matches({ ...record, body: parsed });
      return parsed === undefined && matches(record);
    });
  };
}

function invalid(message: string): AwsError {
  return new AwsError("InvalidParameterValueException", message);
}

import { isoSeconds } from "../clock";
import { isRecord, type JsonInput } from "../protocol/json-input";
import { jsonResponse } from "../protocol/json-protocol";
import { AwsError } from "../protocol/message";
import type { Operation } from "../protocol/operation";
import type { EventService, PublishedEvent } from "./event-service";

const mostEntries = 10;
// Bytes; https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
const entryLimit = 1024 * 1024;

/** The operations of EventBridge that run here. */
export const eventOperations: readonly Operation<EventService, JsonInput>[] = [
  {
    name: "PutEvents",
    permissions: (input, events) => {
      const buses = new Set(input.list("Entries").map((entry) => events.busArn(busOf(entry))));
      return [...buses].map((resource) => ({ action: "events:PutEvents", resource }));
    },
    run: async (input, events) => {
      const entries = input.list("Entries");
      if (entries.length < 1 || entries.length > mostEntries)
        throw new AwsError("ValidationException", `Entries must have 1 to ${mostEntries} members.`);
      const results = [];
      for (const entry of entries) results.push(await putEvent(entry, events));
      return jsonResponse({
        FailedEntryCount: results.filter((result) => "ErrorCode" in result).length,
        Entries: results,
      });
    },
  },
];

type EntryResult = { EventId: string } | { ErrorCode: string; ErrorMessage: string };

/** One entry fails by itself; the others are published all the same. */
async function putEvent(entry: JsonInput, events: EventService): Promise<EntryResult> {
  try {
    const event = eventOf(entry);
    const bus = events.busNamed(busOf(entry));
    if (bus === undefined) {
      throw new AwsError("ResourceNotFoundException", `Event bus ${busOf(entry)} does not exist.`);
    }
    const { id } = await events.publish(event, bus);
    return { EventId: id };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { ErrorCode: error.code, ErrorMessage: error.message };
  }
}

function eventOf(entry: JsonInput): PublishedEvent {
  const required = (name: string): string => {
    const value = entry.optionalString(name);
    if (value === undefined || value === "")
      throw new AwsError("InvalidArgument", `Parameter ${name} is not valid. Reason: ${name} is a required argument.`);
    return value;
  };
  const source = required("Source");
  const detailType = required("DetailType");
  const text = required("Detail");
  if (source.startsWith("aws."))
    throw new AwsError("NotAuthorizedForSourceException", "Not authorized for the source.");
  const detail = parsed(text);
  if (!isRecord(detail)) throw new AwsError("MalformedDetail", "Detail is malformed.");
  const resources = entry.optionalStrings("Resources") ?? [];
  const size = [source, detailType, text, ...resources].reduce((sum, part) => sum + Buffer.byteLength(part), 0);
  if (size > entryLimit)
    throw new AwsError("InvalidArgument", `Total size of the entry is over the limit of ${entryLimit} bytes.`);
  const seconds = entry.optionalNumber("Time");
  const time = seconds === undefined ? undefined : new Date(seconds * 1000);
  if (time !== undefined && Number.isNaN(time.getTime()))
    throw new AwsError("InvalidArgument", "Parameter Time is not valid.");
  return {
    source,
    "detail-type": detailType,
    detail,
    resources,
    ...(time !== undefined && { time: isoSeconds(time.getTime()) }),
  };
}

function busOf(entry: JsonInput): string {
  return entry.optionalString("EventBusName") ?? "default";
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

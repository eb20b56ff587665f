import { createHash } from "node:crypto";
import type { JsonInput } from "../protocol/json-input";
import { jsonResponse } from "../protocol/json-protocol";
import { AwsError } from "../protocol/message";
import type { Operation } from "../protocol/operation";
import { compileFilterPattern } from "./filter-pattern";
import { logGroupOperations } from "./log-group-operations";
import { existingGroup, groupName, invalid, limitOf, pageOf } from "./log-input";
import { mergeStreams, pageBackward, pageForward, type GroupEvent, type ReadOptions } from "./log-reader";
import type { LogService } from "./log-service";
import type { LogGroup, LogStream } from "./log-store";

type LogOperation = Operation<LogService, JsonInput>;

const minuteMilliseconds = 60_000;
const dayMilliseconds = 86_400_000;
const mostEvents = 10_000;
const mostBytes = 1024 * 1024;
const eventOverhead = 26;

/** The operations of CloudWatch Logs that run here, each with what its caller must be allowed. */
export const logOperations: readonly LogOperation[] = [
  ...logGroupOperations,
  {
    name: "CreateLogStream",
    permissions: (input, logs) => [onStream("logs:CreateLogStream", input, logs)],
    run: async (input, logs) => {
      const group = existingGroup(input, logs);
      const name = input.string("logStreamName");
      if (!/^[^:*]{1,512}$/.test(name))
        throw invalid("A log stream name has 1 to 512 characters, none of which is ':' or '*'.");
      if (logs.store.stream(group.name, name) !== undefined)
        throw new AwsError("ResourceAlreadyExistsException", "The specified log stream already exists");
      logs.store.createStream(group.name, name);
      return jsonResponse();
    },
  },
  {
    name: "PutLogEvents",
    permissions: (input, logs) => [onStream("logs:PutLogEvents", input, logs)],
    run: async (input, logs) => jsonResponse(putLogEvents(input, logs)),
  },
  {
    name: "GetLogEvents",
    permissions: (input, logs) => [onStream("logs:GetLogEvents", input, logs)],
    run: async (input, logs) => jsonResponse(await getLogEvents(input, logs)),
  },
  {
    name: "FilterLogEvents",
    permissions: (input, logs) => [{ action: "logs:FilterLogEvents", resource: logs.arnOf(groupName(input), "") }],
    run: async (input, logs) => jsonResponse(await filterLogEvents(input, logs)),
  },
  {
    name: "DescribeLogStreams",
    permissions: (input, logs) => [{ action: "logs:DescribeLogStreams", resource: logs.arnOf(groupName(input), "") }],
    run: async (input, logs) => jsonResponse(await describeLogStreams(input, logs)),
  },
  {
    name: "DeleteLogStream",
    permissions: (input, logs) => [onStream("logs:DeleteLogStream", input, logs)],
    run: async (input, logs) => {
      const group = existingGroup(input, logs);
      logs.store.removeStream(group.name, existingStream(input, logs, group));
      return jsonResponse();
    },
  },
];

function putLogEvents(input: JsonInput, logs: LogService): unknown {
  const group = existingGroup(input, logs);
  const stream = existingStream(input, logs, group);
  const events = input.list("logEvents").map((event) => ({
    timestamp: event.optionalNumber("timestamp") ?? Number.NaN,
    message: event.string("message"),
  }));
  const bytes = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + eventOverhead, 0);
  if (events.length === 0 || events.length > mostEvents) throw invalid(`A batch has 1 to ${mostEvents} log events.`);
  if (bytes > mostBytes) throw invalid(`Upload too large: ${bytes} bytes exceeds limit of ${mostBytes}`);
  if (events.some(({ timestamp }) => !(timestamp >= 0))) throw invalid("Each log event needs a timestamp.");
  if (events.some(({ timestamp }, index) => timestamp < (events[index - 1]?.timestamp ?? 0)))
    throw invalid("Log events in a single PutLogEvents request must be in chronological order.");
  const now = logs.clock.now();
  const oldest = now - 14 * dayMilliseconds;
  const kept = logs.store.keptFrom(group.name);
  const newest = now + 120 * minuteMilliseconds;
  for (const { timestamp, message } of events) {
    if (timestamp >= Math.max(oldest, kept) && timestamp <= newest) logs.store.append(stream, [{ message, timestamp }]);
  }
  const tooOld = events.filter(({ timestamp }) => timestamp < oldest).length;
  const expired = events.filter(({ timestamp }) => timestamp < kept).length;
  const tooNew = events.findIndex(({ timestamp }) => timestamp > newest);
  const rejected = {
    ...(tooOld > 0 && { tooOldLogEventEndIndex: tooOld }),
    ...(expired > 0 && { expiredLogEventEndIndex: expired }),
    ...(tooNew >= 0 && { tooNewLogEventStartIndex: tooNew }),
  };
  // Writers of before 2023 hand the token of the last request on; it is not looked at any more.
  const nextSequenceToken = "0".repeat(56);
  return { nextSequenceToken, ...(Object.keys(rejected).length > 0 && { rejectedLogEventsInfo: rejected }) };
}

async function getLogEvents(input: JsonInput, logs: LogService): Promise<unknown> {
  const group = existingGroup(input, logs);
  const stream = existingStream(input, logs, group);
  const options: ReadOptions = {
    from: Math.max(input.optionalNumber("startTime") ?? 0, logs.store.keptFrom(group.name)),
    before: input.optionalNumber("endTime") ?? Number.POSITIVE_INFINITY,
    limit: limitOf(input, mostEvents, mostEvents),
  };
  const token = input.optionalString("nextToken");
  const match = token === undefined ? undefined : /^([fb])\/(\d{1,15})$/.exec(token);
  if (match === null) throw invalid("The specified nextToken is invalid.");
  const offset = match === undefined ? undefined : Number(match[2]);
  const forward = match === undefined ? input.optionalBoolean("startFromHead") === true : match[1] === "f";
  const page = await (forward ? pageForward : pageBackward)(stream, offset, options);
  return {
    events: page.events.map(({ timestamp, ingestionTime, message }) => ({ timestamp, ingestionTime, message })),
    nextForwardToken: `f/${page.forward}`,
    nextBackwardToken: `b/${page.backward}`,
  };
}

async function filterLogEvents(input: JsonInput, logs: LogService): Promise<unknown> {
  const group = existingGroup(input, logs);
  const matches = compileFilterPattern(input.optionalString("filterPattern") ?? "");
  const limit = limitOf(input, mostEvents, mostEvents);
  const position = positionOf(input.optionalString("nextToken"));
  const endTime = input.optionalNumber("endTime") ?? Number.POSITIVE_INFINITY;
  const options = {
    from: Math.max(input.optionalNumber("startTime") ?? 0, logs.store.keptFrom(group.name), position.time),
    // Unlike GetLogEvents, an event at the end time itself is included.
    before: endTime + 1,
    limit,
  };
  const events: GroupEvent[] = [];
  let bytes = 0;
  let skipping = position.skip;
  let time = position.time;
  let seen = 0;
  for await (const event of mergeStreams(streamsToFilter(input, logs, group), options)) {
    if (event.timestamp !== time) [time, seen] = [event.timestamp, 0];
    if (time === position.time && skipping > 0) [skipping, seen] = [skipping - 1, seen + 1];
    else {
      const size = Buffer.byteLength(event.message) + eventOverhead;
      if (matches(event.message)) {
        // The token says at which moment to go on, and how many events of that moment were dealt with.
        if (events.length === limit || (events.length > 0 && bytes + size > mostBytes))
          return { events: events.map(filteredEvent), searchedLogStreams: [], nextToken: tokenOf(time, seen) };
        events.push(event);
        bytes += size;
      }
      seen += 1;
    }
  }
  return { events: events.map(filteredEvent), searchedLogStreams: [] };
}

function streamsToFilter(input: JsonInput, logs: LogService, group: LogGroup): LogStream[] {
  const names = input.optionalStrings("logStreamNames");
  const prefix = input.optionalString("logStreamNamePrefix");
  if (names !== undefined && prefix !== undefined)
    throw invalid("logStreamNames and logStreamNamePrefix cannot both be given.");
  for (const name of names ?? []) if (logs.store.stream(group.name, name) === undefined) throw noStream();
  return logs.store
    .streams(group.name)
    .filter(({ name }) => (names === undefined || names.includes(name)) && name.startsWith(prefix ?? ""));
}

function filteredEvent({ stream, timestamp, ingestionTime, message, start }: GroupEvent): unknown {
  const streamNumber = BigInt(`0x${createHash("sha256").update(stream.file).digest("hex").slice(0, 14)}`);
  const eventId = `${timestamp}${streamNumber.toString().padStart(17, "0")}${String(start).padStart(15, "0")}`;
  return { logStreamName: stream.name, timestamp, message, ingestionTime, eventId };
}

function tokenOf(time: number, skip: number): string {
  return Buffer.from(`${time}/${skip}`).toString("base64url");
}

function positionOf(token: string | undefined): { time: number; skip: number } {
  if (token === undefined) return { time: Number.NEGATIVE_INFINITY, skip: 0 };
  const match = /^(\d{1,16})\/(\d{1,12})$/.exec(Buffer.from(token, "base64url").toString());
  if (match === null) throw invalid("The specified nextToken is invalid.");
  return { time: Number(match[1]), skip: Number(match[2]) };
}

async function describeLogStreams(input: JsonInput, logs: LogService): Promise<unknown> {
  const group = existingGroup(input, logs);
  const prefix = input.optionalString("logStreamNamePrefix");
  const byTime = input.optionalString("orderBy") === "LastEventTime";
  if (byTime && prefix !== undefined) throw invalid("Cannot order by LastEventTime with a logStreamNamePrefix.");
  const streams = await Promise.all(
    logs.store
      .streams(group.name)
      .filter(({ name }) => name.startsWith(prefix ?? ""))
      .map(async (stream) => ({ stream, times: await logs.store.times(stream) })),
  );
  if (byTime) streams.sort((a, b) => (a.times?.last ?? a.stream.created) - (b.times?.last ?? b.stream.created));
  if (input.optionalBoolean("descending") === true) streams.reverse();
  const page = pageOf(input, streams, ({ stream }) => stream.name);
  return {
    logStreams: page.items.map(({ stream, times }) => ({
      logStreamName: stream.name,
      creationTime: stream.created,
      ...(times !== undefined && {
        firstEventTimestamp: times.first,
        lastEventTimestamp: times.last,
        lastIngestionTime: times.lastIngestion,
      }),
      arn: logs.arnOf(group.name, stream.name),
      storedBytes: 0,
    })),
    nextToken: page.nextToken,
  };
}

function onStream(action: string, input: JsonInput, logs: LogService): { action: string; resource: string } {
  return { action, resource: logs.arnOf(groupName(input), input.string("logStreamName")) };
}

function existingStream(input: JsonInput, logs: LogService, group: LogGroup): LogStream {
  const stream = logs.store.stream(group.name, input.string("logStreamName"));
  if (stream === undefined) throw noStream();
  return stream;
}

function noStream(): AwsError {
  return new AwsError("ResourceNotFoundException", "The specified log stream does not exist.");
}

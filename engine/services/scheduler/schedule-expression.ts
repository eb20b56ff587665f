import { AwsError } from "../protocol/message";

/**
 * The moment that `at(yyyy-mm-ddThh:mm:ss)` names in a time zone, in milliseconds since the epoch
 * (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#one-time). Of a time that a clock shows
 * twice, when daylight saving ends, the first is meant.
 */
export function dueOf(expression: string, timezone: string): number {
  if (/^(rate|cron)\(/.test(expression))
    throw invalid(`${expression} is not supported on this machine yet: only one-time schedules, at(...), are run.`);
  const [, time] = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(expression) ?? [];
  const local = time === undefined ? NaN : Date.parse(`${time}Z`);
  if (Number.isNaN(local)) throw invalid(`Invalid Schedule Expression ${expression}.`);
  // The zone's offset a day before and after are the two that there can be.
  const day = 86_400_000;
  const candidates = [local - day, local + day].map((near) => local - offsetOf(timezone, near));
  const exact = candidates.filter((candidate) => candidate + offsetOf(timezone, candidate) === local);
  return Math.min(...(exact.length > 0 ? exact : candidates));
}

/** How far ahead of UTC a zone's clocks are at a moment, in milliseconds. */
function offsetOf(timezone: string, time: number): number {
  let format;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: timezone,
      hourCycle: "h23",
      ...{ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" },
    });
  } catch {
    throw invalid(`The timezone ${timezone} is not valid.`);
  }
  const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const shown = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return shown - Math.floor(time / 1000) * 1000;
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}

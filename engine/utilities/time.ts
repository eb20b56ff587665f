import { isoSeconds } from "../services/clock";
import { text, number } from "../graph/values";
import type { Properties } from "../graph/resource";
import type { Maker, MakerSource } from "./random";

const offsets = ["offsetYears", "offsetMonths", "offsetDays", "offsetHours", "offsetMinutes", "offsetSeconds"];
const rotations = offsets.map((name) => name.replace("offset", "rotation"));

/** A time, with its parts, as the provider `time` shows it. */
function parts(time: Date, given: string): Properties {
  return {
    rfc3339: given || iso(time),
    unix: Math.floor(time.getTime() / 1000),
    year: time.getUTCFullYear(),
    month: time.getUTCMonth() + 1,
    day: time.getUTCDate(),
    hour: time.getUTCHours(),
    minute: time.getUTCMinutes(),
    second: time.getUTCSeconds(),
  };
}

function parsed(inputs: Properties, property: string, source: MakerSource): Date {
  const given = text(inputs, property);
  const time = given === "" ? new Date(source.now()) : new Date(given);
  if (Number.isNaN(time.getTime()))
    throw new Error(`${property} must be a time such as 2026-01-31T12:00:00Z: got "${given}"`);
  return time;
}

function moved(base: Date, inputs: Properties, names: readonly string[]): Date {
  const [years = 0, months = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = names.map(
    (name) => number(inputs, name) ?? 0,
  );
  const time = new Date(base);
  time.setUTCFullYear(time.getUTCFullYear() + years, time.getUTCMonth() + months, time.getUTCDate() + days);
  time.setUTCHours(time.getUTCHours() + hours, time.getUTCMinutes() + minutes, time.getUTCSeconds() + seconds);
  return time;
}

const iso = (time: Date): string => isoSeconds(time.getTime());

/** The resources of the provider `time` (https://www.pulumi.com/registry/packages/time/), by their type tokens. */
export const timeMakers: Readonly<Record<string, Maker>> = {
  "time:index/static:Static": {
    key: ["triggers", "rfc3339"],
    make(inputs, source) {
      const outputs = parts(parsed(inputs, "rfc3339", source), text(inputs, "rfc3339"));
      return { id: text(outputs, "rfc3339"), outputs };
    },
  },
  "time:index/offset:Offset": {
    key: ["triggers", "baseRfc3339", ...offsets],
    make(inputs, source) {
      const base = parsed(inputs, "baseRfc3339", source);
      const baseRfc3339 = text(inputs, "baseRfc3339") || iso(base);
      return { id: baseRfc3339, outputs: { baseRfc3339, ...parts(moved(base, inputs, offsets), "") } };
    },
  },
  "time:index/rotating:Rotating": {
    key: ["triggers", "rfc3339", "rotationRfc3339", ...rotations],
    make(inputs, source) {
      const base = parsed(inputs, "rfc3339", source);
      const outputs = parts(base, text(inputs, "rfc3339"));
      const rotationRfc3339 = text(inputs, "rotationRfc3339") || iso(moved(base, inputs, rotations));
      return { id: text(outputs, "rfc3339"), outputs: { ...outputs, rotationRfc3339 } };
    },
  },
  "time:index/sleep:Sleep": {
    key: ["triggers"],
    make: (_inputs, source) => ({ id: iso(new Date(source.now())), outputs: {} }),
  },
};

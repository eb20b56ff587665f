import { InvalidArgumentError } from "commander";

/** Reads an option that takes a whole number within a range. */
export function wholeNumber(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`use a whole number from ${least} to ${most}.`);
  };
}

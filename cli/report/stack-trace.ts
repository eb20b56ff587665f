/** Where functions' packages are unpacked; `index.js` there is the bundle, the other files are the program's own. */
const ownFile = /(?:file:\/\/)?[^\s('"]*[\\/]functions[\\/]code[\\/][0-9a-f]+[\\/]package[\\/](?!index\.js)/g;
const frame = /^[\s']*at /;
/** What Pulumi's serialization makes of a handler: below it is only what calls handlers. */
const handlerFrame = /^[\s']*at (?:async )?__f0 /;
const wrapperFrame = /^[\s']*at (?:async )?__f\d+ /;

/**
 * A line that a function printed, with its stack traces as far as they are about the program: paths as they are in the
 * project, and without the frames of what runs handlers. A trace that has no frame of the program stays as it is.
 */
export function readableTraces(text: string): string {
  if (!text.split("\n").some((line) => frame.test(line) && line.search(ownFile) >= 0)) return text;
  const lines: string[] = [];
  let isBelow = false;
  for (const line of text.split("\n")) {
    if (!frame.test(line)) {
      isBelow = false;
      lines.push(line);
    } else if (handlerFrame.test(line)) isBelow = true;
    else if (!isBelow && !wrapperFrame.test(line) && line.search(ownFile) >= 0) lines.push(line.replace(ownFile, ""));
  }
  return lines.join("\n");
}

/** A `chmod` in a RUN instruction. */
export interface ModeChange {
  readonly mode: string;
  readonly files: readonly string[];
  readonly isRecursive: boolean;
}

/** Words that mean themselves to every shell. */
const plain = /^[\w@%+=:,./*?-]+$/;
const symbolic = /^[ugoa]*[-+=][rwx]+(,[ugoa]*[-+=][rwx]+)*$/;

/**
 * The `chmod`s of a RUN instruction that need no shell, since they stand between `&&` with plain words; and whether it
 * consists of nothing else.
 */
export function modeChanges(
  list: readonly string[] | undefined,
  text: string,
): { changes: ModeChange[]; isAll: boolean } {
  // Whether what stands behind another operator runs, only a shell knows.
  const commands = list !== undefined ? [list] : text.split("&&").map((command) => command.trim().split(/\s+/));
  const changes = commands.map(modeChange);
  const found = changes.filter((change) => change !== undefined);
  return { changes: found, isAll: found.length === commands.length };
}

function modeChange(words: readonly string[]): ModeChange | undefined {
  const [command = "", ...rest] = words;
  if (!/^(\/usr)?(\/bin\/)?chmod$/.test(command) || !rest.every((word) => plain.test(word))) return undefined;
  const isRecursive = rest[0] === "-R" || rest[0] === "--recursive";
  const [mode = "", ...files] = isRecursive ? rest.slice(1) : rest;
  const isMode = /^[0-7]{3,4}$/.test(mode) || symbolic.test(mode);
  return isMode && files.length > 0 && !files.some((file) => file.startsWith("-"))
    ? { mode, files, isRecursive }
    : undefined;
}

const bits = { r: 4, w: 2, x: 1 } as const;
const shifts = { u: 6, g: 3, o: 0 } as const;

/** What `chmod mode` makes of a file's permissions, without set-id bits, which have no use here. */
export function changedMode(mode: string, before: number): number {
  if (/^[0-7]+$/.test(mode)) return parseInt(mode, 8) & 0o777;
  return mode.split(",").reduce((result, clause) => {
    const [, who = "", operator = "", what = ""] = /^([ugoa]*)([-+=])([rwx]+)$/.exec(clause) ?? [];
    const value = [...what].reduce((sum, letter) => sum | bits[letter as keyof typeof bits], 0);
    const people = who === "" || who.includes("a") ? "ugo" : who;
    return [...people].reduce((now, person) => {
      const shift = shifts[person as keyof typeof shifts];
      if (operator === "+") return now | (value << shift);
      if (operator === "-") return now & ~(value << shift);
      return (now & ~(7 << shift)) | (value << shift);
    }, result);
  }, before & 0o777);
}

import { AwsError } from "../protocol/message";

/** The longest key that S3 takes, in bytes of UTF-8. */
export const longestKey = 1024;

// File systems take names of 255 bytes; what copies and editors add to a name needs a little of that.
const longestName = 240;
// Device names of Windows, where also `nul.txt` opens a device.
const deviceName = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
const unsafeCharacters = process.platform === "win32" ? '<>:"|?*\\' : "\\";

/**
 * Whether `key` can be the path of a file under its bucket's folder that a person would expect there, on this or any
 * other system: no dots that lead elsewhere, nothing that a system reserves or trims. A name that starts with a dot is
 * not natural, as `.DS_Store` and editors' files in the folder must not become objects.
 */
export function isNaturalKey(key: string): boolean {
  if (Buffer.byteLength(key) > longestKey || /\p{Surrogate}/u.test(key)) return false;
  return key.split("/").every(isNaturalName);
}

/** Whether `name` can be a file's or folder's; see {@link isNaturalKey}. */
export function isNaturalName(name: string): boolean {
  if (name === "" || name.startsWith(".") || name.endsWith(".") || name.endsWith(" ")) return false;
  if (Buffer.byteLength(name) > longestName || deviceName.test(name)) return false;
  for (const character of name) {
    const code = character.codePointAt(0) as number;
    if (code < 32 || (code >= 127 && code < 160) || unsafeCharacters.includes(character)) return false;
  }
  return true;
}

/**
 * A form of `key` that is the same for keys that a disk of macOS or Windows cannot tell apart. Going to upper case
 * first folds more than any disk does (`ß` and `ss`), which only costs a key its natural name.
 */
export function foldKey(key: string): string {
  return key.normalize("NFKD").toUpperCase().toLowerCase().normalize("NFC");
}

/** The folders that a natural key's file lies in, outermost first: `a` and `a/b` of `a/b/c`. */
export function foldersOf(key: string): string[] {
  const folders: string[] = [];
  for (let slash = key.indexOf("/"); slash >= 0; slash = key.indexOf("/", slash + 1)) {
    folders.push(key.slice(0, slash));
  }
  return folders;
}

/** Throws where S3 takes no such key. */
export function checkKey(key: string): void {
  const size = Buffer.byteLength(key);
  if (size > longestKey) {
    const details = { Size: String(size), MaxSizeAllowed: String(longestKey) };
    throw new AwsError("KeyTooLongError", "Your key is too long", 400, details);
  }
  if (key === "" || /\p{Surrogate}/u.test(key)) throw new AwsError("InvalidURI", "Couldn't parse the specified URI.");
}

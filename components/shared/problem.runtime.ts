/** An error at run time in the form of the library's other errors: what was wrong, the value, the fix, the page. */
export function problem(code: string, message: string, got: string, fix: string): Error {
  return new Error(
    `${code}: ${message}\n  got: ${got}\n  fix: ${fix}\n  see: node_modules/tandem/docs/errors.md#${code.toLowerCase()}`,
  );
}

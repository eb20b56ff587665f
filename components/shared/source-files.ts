/**
 * Tells whoever runs this program, `tandem up` for one, what it has to watch besides the loaded modules.
 * @param files files, and folders with all that is in them
 */
export function tellSourceFiles(files: readonly string[]): void {
  const sink = (globalThis as unknown as Record<symbol, Set<string> | undefined>)[Symbol.for("tandem.sourceFiles")];
  for (const file of files) sink?.add(file);
}

/** One part of a path with `*`, `?` and `[a-z]`, as Go's `filepath.Match` reads it. */
export function globExpression(pattern: string): RegExp {
  const source = pattern.replace(/\\(.)|\[(\^?)((?:\\.|[^\]\\])+)\]|[*?]|[.+^${}()|[\]\\/]/g, (match, ...groups) => {
    const [escaped, negated, range] = groups as (string | undefined)[];
    if (escaped !== undefined) return `\\${escaped}`;
    if (range !== undefined) return `[${negated ?? ""}${range.replace(/\[/g, "\\[")}]`;
    if (match === "*") return "[^/]*";
    return match === "?" ? "[^/]" : `\\${match}`;
  });
  return new RegExp(`^${source}$`);
}

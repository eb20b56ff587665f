/** The files and folders that a page links to, relative to its own folder. */
export function linksOf(page: string): string[] {
  const links = [...page.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#[^)]*)?\)/g)].map(([, to]) => to ?? "");
  return links.filter((to) => to !== "");
}

/** What is read of the bucket. */
interface Store {
  getText(key: string): Promise<string>;
  exists(key: string): Promise<boolean>;
  list(prefix?: string): AsyncIterable<{ readonly key: string; readonly lastModified: Date }>;
}

/** How a render stands. */
export interface Progress {
  readonly id: string;
  readonly state: "refused" | "rendering" | "done" | "failed";
  /** Why it was refused, or failed. */
  readonly reason?: string;
  readonly width?: number;
  readonly height?: number;
  readonly tileSize?: number;
  /** How many tiles the picture has. */
  readonly tiles?: number;
  /** The tiles that are there, and those that were given up. */
  readonly done?: readonly number[];
  readonly failed?: readonly number[];
  /** The path of the picture, once it is there. */
  readonly picture?: string;
}

/** How a render stands; undefined where there is none of that name. */
export async function progress(id: string, store: Store): Promise<Progress | undefined> {
  if (!/^[\w-]+$/.test(id) || !(await store.exists(`${id}/status.json`))) return undefined;
  const status = JSON.parse(await store.getText(`${id}/status.json`)) as Omit<Progress, "id">;
  if (status.state === "refused") return { id, ...status };
  const done = await numbered(store, `${id}/tiles/`);
  const failed = await numbered(store, `${id}/failed/`);
  const known = { ...status, id, done, failed };
  const [first] = failed;
  if (first !== undefined) {
    const { reason } = JSON.parse(await store.getText(`${id}/failed/${first}.json`)) as { reason: string };
    return { ...known, state: "failed", reason: `tile ${first}: ${reason}` };
  }
  if (!(await store.exists(`${id}/picture.png`))) return known;
  return { ...known, state: "done", picture: `/renders/${id}/picture.png` };
}

async function numbered(store: Store, prefix: string): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { key } of store.list(prefix)) numbers.push(Number.parseInt(key.slice(prefix.length), 10));
  return numbers.sort((a, b) => a - b);
}

/** All renders, the newest first. */
export async function renderIds(list: Store["list"]): Promise<string[]> {
  const found: { id: string; time: number }[] = [];
  for await (const { key, lastModified } of list()) {
    if (key.endsWith("/status.json")) found.push({ id: key.slice(0, key.indexOf("/")), time: lastModified.getTime() });
  }
  return found.sort((a, b) => b.time - a.time).map(({ id }) => id);
}

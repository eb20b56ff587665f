import type { Engine } from "../engine/engine";

/** Where an object is that was put since a time (milliseconds) and whose key fits `pattern`, in which * is anything. */
export function findPut({ services }: Engine, bucket: string, pattern: string, since: number): string | undefined {
  const fits = new RegExp(`^${pattern.split("*").map(escape).join(".*")}$`, "s");
  let after: string | undefined;
  do {
    const { objects, next } = services.objects.list(bucket, after === undefined ? {} : { after });
    const found = objects.find(({ key, modified }) => modified >= since && fits.test(key));
    if (found !== undefined) return services.objects.pathOf(bucket, found.key) ?? found.key;
    after = next;
  } while (after !== undefined);
  return undefined;
}

/** Text that a regular expression takes letter by letter. */
function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

import type { Engine } from "../engine/engine";

/** A bucket of a running program, and the folder in which its objects lie. */
export interface RunningBucket {
  readonly name: string;
  readonly id: string;
  readonly folder: string;
}

export function bucketsOf({ graph, services }: Engine): RunningBucket[] {
  return [...graph.values()]
    .filter(({ type, id }) => type === "aws:s3/bucket:Bucket" && services.objects.hasBucket(id))
    .map(({ name, id }) => ({ name, id, folder: services.objects.bucketFolder(id) }));
}

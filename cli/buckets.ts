import type { Engine } from "../engine/engine";

/** A bucket of a running program, and the folder in which its objects lie. */
export interface RunningBucket {
  readonly name: string;
  readonly id: string;
  readonly folder: string;
}

/** The buckets that a person may put files into; not those of static folders, whose files the program deploys. */
export function bucketsOf({ graph, services }: Engine): RunningBucket[] {
  return [...graph.values()]
    .filter(({ type, id }) => type === "aws:s3/bucket:Bucket" && services.objects.hasBucket(id))
    .filter(({ urn }) => !urn.includes("tandem:index:Api$"))
    .map(({ name, id }) => ({ name, id, folder: services.objects.bucketFolder(id) }));
}

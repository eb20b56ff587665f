export { Bucket, type BucketVerb } from "./bucket";
export type { BucketArgs, BucketChildren, BucketCors } from "./bucket.args";
export type { BucketEvent, KeyFilter } from "./bucket-event.runtime";
export type { ListedObject, ObjectHead, PutOptions, SignedUrlOptions } from "./bucket.runtime";

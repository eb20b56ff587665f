import { Archive, type Properties, type RecordedResource } from "../graph/resource";

/** What a function about resources asks about, where its name is not the resource's. */
const otherTypes: Readonly<Record<string, string>> = {
  "aws:ec2/elasticIp:ElasticIp": "aws:ec2/eip:Eip",
  "aws:ec2/vpcEndpointService:VpcEndpointService": "aws:ec2/vpcEndpointService:VpcEndpointService",
  "aws:s3/object:Object": "aws:s3/bucketObject:BucketObject",
  "aws:s3/bucketObject:BucketObject": "aws:s3/bucketObjectv2:BucketObjectv2",
};

/** Arguments that say how to look, and not for what. */
const manners = new Set([
  "region",
  "tags",
  "filters",
  "mostRecent",
  "withDecryption",
  "statuses",
  "types",
  "qualifier",
]);

/**
 * Answers a function that looks up one resource, such as `aws.s3.getBucket`, with a resource that the program itself has
 * registered: the one whose id or outputs are what is asked for.
 * @returns undefined where there is none
 */
export function recordedAnswer(
  token: string,
  args: Properties,
  resources: ReadonlyMap<string, RecordedResource>,
): Properties | undefined {
  const type = askedType(token);
  if (type === undefined) return undefined;
  const types = [type, otherTypes[type]];
  const asked = Object.entries(args).filter(
    ([key, value]) => typeof value === "string" && value !== "" && !manners.has(key),
  );
  if (asked.length === 0) return undefined;
  const found = [...resources.values()].find(
    (resource) =>
      types.includes(resource.type) && asked.every(([key, value]) => isKnownAs(resource, key, String(value))),
  );
  if (found === undefined) return undefined;
  // What a resource was made of is not to be asked for: functions about resources give no files.
  const known = Object.entries(found.outputs).filter(([, value]) => !(value instanceof Archive));
  return { ...args, ...Object.fromEntries(known), id: found.id };
}

/** `aws:s3/getBucket:getBucket` asks about `aws:s3/bucket:Bucket`. */
function askedType(token: string): string | undefined {
  const [, module, name] = /^(.+[:/])get(\w+):get\2$/.exec(token) ?? [];
  if (module === undefined || name === undefined) return undefined;
  return `${module}${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`;
}

/** Whether a resource has an output of that value, or is known by it: `functionName` is a function's name. */
function isKnownAs({ id, outputs }: RecordedResource, key: string, value: string): boolean {
  if (outputs[key] !== undefined) return outputs[key] === value;
  return id === value || outputs["name"] === value || outputs["arn"] === value;
}

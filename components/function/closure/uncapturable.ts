import * as pulumi from "@pulumi/pulumi";
import { isPackages, type CapturedFunction } from "./locate";
import { functionTrap } from "./traps";

/** Whether an object is an instance of a package's class, or of one that cannot be serialized. */
export async function isUncapturable(value: unknown): Promise<boolean> {
  if (typeof value !== "object" || value === null) return false;
  // Of these, the serializer takes single properties.
  if (pulumi.Resource.isInstance(value) || pulumi.Output.isInstance(value)) return false;
  for (let proto: unknown = Object.getPrototypeOf(value); proto !== null; proto = Object.getPrototypeOf(proto)) {
    const made: unknown = Object.getOwnPropertyDescriptor(proto, "constructor")?.value;
    if (typeof made !== "function" || made === Object) continue;
    if (functionTrap(made as CapturedFunction) !== undefined || (await isPackages(made))) return true;
  }
  return false;
}

/** Whether an object is one that cannot be captured, or holds one, like `{ s3: new S3Client() }`. */
export async function holdsUncapturable(value: unknown, depth = 2): Promise<boolean> {
  if (await isUncapturable(value)) return true;
  if (depth === 0 || typeof value !== "object" || value === null) return false;
  if (pulumi.Resource.isInstance(value) || pulumi.Output.isInstance(value)) return false;
  for (const descriptor of Object.values(Object.getOwnPropertyDescriptors(value))) {
    if (await holdsUncapturable(descriptor.value, depth - 1)) return true;
  }
  return false;
}

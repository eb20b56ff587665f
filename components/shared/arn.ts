import type * as pulumi from "@pulumi/pulumi";

/**
 * What follows from a resource's ARN. One that is not there counts as empty: Pulumi's mocks in a user's test may answer
 * with a resource's inputs only, and a program with our components is to run with them.
 */
export function fromArn<T>(arn: pulumi.Output<string>, derive: (arn: string) => T): pulumi.Output<T> {
  return (arn as pulumi.Output<string | undefined>).apply((known) => derive(known ?? "")) as pulumi.Output<T>;
}

/** Which of AWS's partitions a region is in (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html). */
export function partitionOf(region: string): string {
  return region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** A bucket that exists already, by its name. Its ARN says no region, but which of AWS's partitions it is in: `aws`, `aws-cn`, … */
export function existingBucket(
  name: pulumi.Input<string>,
  asked: pulumi.InvokeOutputOptions,
): { id: pulumi.Output<string>; arn: pulumi.Output<string> } {
  const id = pulumi.output(name);
  // Pulumi's mocks in a user's test answer no question: most accounts are in `aws`.
  const partition = aws
    .getPartitionOutput({}, asked)
    .apply(({ partition: known }: Partial<aws.GetPartitionResult>) => known ?? "aws");
  return { id, arn: pulumi.interpolate`arn:${partition}:s3:::${id}` };
}

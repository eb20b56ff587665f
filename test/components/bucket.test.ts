import { expect } from "chai";
import { Bucket } from "../../components";
import { record } from "../../testing";

describe("Bucket", () => {
  it("is private, encrypted and answers over TLS only", async () => {
    const app = await record(() => void new Bucket("media"));
    const bucket = app.component("Bucket", "media");
    expect(bucket.children.map(({ type }) => type).sort()).to.deep.equal([
      "aws:s3/bucket:Bucket",
      "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
      "aws:s3/bucketPolicy:BucketPolicy",
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    ]);
    expect(bucket.child("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs).to.include({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    const policy = JSON.parse(String(bucket.child("aws:s3/bucketPolicy:BucketPolicy").inputs.policy));
    expect(policy.Statement[0]).to.deep.include({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } });
  });
});

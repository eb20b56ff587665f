import {
  DeleteBucketCorsCommand,
  DeleteBucketPolicyCommand,
  DeleteBucketTaggingCommand,
  GetBucketAccelerateConfigurationCommand,
  GetBucketAclCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetBucketReplicationCommand,
  GetBucketRequestPaymentCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetBucketWebsiteCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  ListBucketAnalyticsConfigurationsCommand,
  ListBucketInventoryConfigurationsCommand,
  ListBucketMetricsConfigurationsCommand,
  PutBucketAclCommand,
  PutBucketCorsCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";

import { startObjectStore, type ObjectStoreFixture } from "../object-store-fixture";

const Bucket = "media";

/** Any command: the types of the SDK relate none of them to another. */
interface AnyCommand {
  readonly input: object;
}

/** What a command answers, without what every answer has; or the code and status of its error. */
async function ask(client: S3Client, command: AnyCommand): Promise<object> {
  try {
    const { $metadata: _metadata, ...answer } = (await client.send(
      command as GetBucketAclCommand,
    )) as unknown as Record<string, unknown>;
    return answer;
  } catch (error) {
    const { name, $metadata } = error as { name: string; $metadata: { httpStatusCode?: number } };
    return { code: name, status: $metadata.httpStatusCode };
  }
}

describe("Questions about a bucket over S3", () => {
  let fixture: ObjectStoreFixture;
  const asked = (command: AnyCommand): Promise<object> => ask(fixture.client, command);

  beforeEach(async () => {
    fixture = await startObjectStore();
    await fixture.store.createBucket(Bucket);
  });
  afterEach(() => fixture.close());

  it("about what was never set are answered with S3's defaults", async () => {
    expect(await asked(new GetBucketVersioningCommand({ Bucket }))).to.deep.equal({});
    expect(await asked(new GetBucketLoggingCommand({ Bucket }))).to.deep.equal({});
    expect(await asked(new GetBucketAccelerateConfigurationCommand({ Bucket }))).to.deep.equal({});
    expect(await asked(new GetBucketNotificationConfigurationCommand({ Bucket }))).to.deep.equal({});
    expect(await asked(new GetBucketRequestPaymentCommand({ Bucket }))).to.deep.equal({ Payer: "BucketOwner" });
    for (const Command of [
      ListBucketAnalyticsConfigurationsCommand,
      ListBucketInventoryConfigurationsCommand,
      ListBucketMetricsConfigurationsCommand,
    ]) {
      expect(await asked(new Command({ Bucket }))).to.deep.equal({ IsTruncated: false });
    }
    expect(await asked(new GetBucketEncryptionCommand({ Bucket }))).to.deep.equal({
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" }, BucketKeyEnabled: false }],
      },
    });
    expect(await asked(new GetPublicAccessBlockCommand({ Bucket }))).to.deep.equal({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true,
      },
    });
    expect(await asked(new GetBucketOwnershipControlsCommand({ Bucket }))).to.deep.equal({
      OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
    });
    const acl = (await fixture.client.send(new GetBucketAclCommand({ Bucket }))) as {
      Owner?: { ID?: string };
      Grants?: object[];
    };
    expect(acl.Grants).to.deep.equal([
      { Grantee: { ID: acl.Owner?.ID, Type: "CanonicalUser" }, Permission: "FULL_CONTROL" },
    ]);
  });

  it("about configurations that it does not have are answered with the error of each", async () => {
    const absent = [
      [new GetBucketTaggingCommand({ Bucket }), "NoSuchTagSet"],
      [new GetBucketPolicyCommand({ Bucket }), "NoSuchBucketPolicy"],
      [new GetBucketPolicyStatusCommand({ Bucket }), "NoSuchBucketPolicy"],
      [new GetBucketCorsCommand({ Bucket }), "NoSuchCORSConfiguration"],
      [new GetBucketLifecycleConfigurationCommand({ Bucket }), "NoSuchLifecycleConfiguration"],
      [new GetBucketWebsiteCommand({ Bucket }), "NoSuchWebsiteConfiguration"],
      [new GetBucketReplicationCommand({ Bucket }), "ReplicationConfigurationNotFoundError"],
      [new GetObjectLockConfigurationCommand({ Bucket }), "ObjectLockConfigurationNotFoundError"],
    ] as const;
    for (const [command, code] of absent) expect(await asked(command)).to.deep.equal({ code, status: 404 });
  });

  it("that is not there are answered with NoSuchBucket", async () => {
    for (const Command of [GetBucketLifecycleConfigurationCommand, GetBucketAclCommand, GetBucketPolicyCommand]) {
      const answer = await asked(new Command({ Bucket: "nowhere" }));
      expect(answer).to.deep.equal({ code: "NoSuchBucket", status: 404 });
    }
  });

  it("call a policy public that lets everybody do something, whatever its statements look like", async () => {
    const everybody = { Effect: "Allow", Principal: { AWS: "*" }, Action: "s3:GetObject" };
    for (const [statement, IsPublic] of [
      [everybody, true],
      [[{ ...everybody, Principal: "*" }], true],
      [[{ ...everybody, Principal: { AWS: ["*"] } }], true],
      [{ ...everybody, Effect: "Deny" }, false],
      [{ ...everybody, Principal: { AWS: "123456789012" } }, false],
      [{ ...everybody, Condition: {} }, false],
      [[null, "Allow"], false],
      [null, false],
      [undefined, false],
    ] as const) {
      fixture.store.updateBucket(Bucket, { declared: { policy: JSON.stringify({ Statement: statement }) } });
      const answer = await asked(new GetBucketPolicyStatusCommand({ Bucket }));
      expect(answer, JSON.stringify(statement)).to.deep.equal({ PolicyStatus: { IsPublic } });
    }
  });

  it("are answered from what the program declares", async () => {
    const Policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}]}';
    fixture.store.updateBucket(Bucket, {
      declared: {
        policy: Policy,
        encryption: { algorithm: "aws:kms", kmsKeyId: "key", bucketKey: true },
        objectOwnership: "ObjectWriter",
        lifecycle: [{ ID: "old", Filter: { Prefix: "" }, Status: "Enabled", Expiration: { Days: 7 } }],
      },
    });
    expect(await asked(new GetBucketPolicyCommand({ Bucket }))).to.deep.equal({ Policy });
    expect(await asked(new GetBucketPolicyStatusCommand({ Bucket }))).to.deep.equal({
      PolicyStatus: { IsPublic: true },
    });
    expect(await asked(new GetBucketLifecycleConfigurationCommand({ Bucket }))).to.deep.equal({
      Rules: [{ ID: "old", Filter: { Prefix: "" }, Status: "Enabled", Expiration: { Days: 7 } }],
    });
    expect(await asked(new GetBucketEncryptionCommand({ Bucket }))).to.deep.equal({
      ServerSideEncryptionConfiguration: {
        Rules: [
          {
            ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: "key" },
            BucketKeyEnabled: true,
          },
        ],
      },
    });
    // What the program declares, the program changes.
    const removed = await asked(new DeleteBucketPolicyCommand({ Bucket }));
    expect(removed).to.deep.equal({ code: "NotImplemented", status: 501 });
  });

  it("follow changes of versioning, tags and CORS", async () => {
    const VersioningConfiguration = { Status: "Enabled" } as const;
    await asked(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    expect(await asked(new GetBucketVersioningCommand({ Bucket }))).to.deep.equal({ Status: "Enabled" });
    await asked(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } }));
    expect(await asked(new GetBucketVersioningCommand({ Bucket }))).to.deep.equal({ Status: "Suspended" });

    const TagSet = [{ Key: "team", Value: "video" }];
    await asked(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
    expect(await asked(new GetBucketTaggingCommand({ Bucket }))).to.deep.equal({ TagSet });
    await asked(new DeleteBucketTaggingCommand({ Bucket }));
    expect(await asked(new GetBucketTaggingCommand({ Bucket }))).to.include({ code: "NoSuchTagSet" });
    const twice = { TagSet: [...TagSet, ...TagSet] };
    expect(await asked(new PutBucketTaggingCommand({ Bucket, Tagging: twice }))).to.include({ code: "InvalidTag" });

    const CORSRules = [{ AllowedMethods: ["GET"], AllowedOrigins: ["https://example.com"], MaxAgeSeconds: 60 }];
    await asked(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
    expect(await asked(new GetBucketCorsCommand({ Bucket }))).to.deep.equal({ CORSRules });
    await asked(new DeleteBucketCorsCommand({ Bucket }));
    expect(await asked(new GetBucketCorsCommand({ Bucket }))).to.include({ code: "NoSuchCORSConfiguration" });
    const wrong = { CORSRules: [{ AllowedMethods: ["FETCH"], AllowedOrigins: ["*"] }] };
    const refused = await asked(new PutBucketCorsCommand({ Bucket, CORSConfiguration: wrong }));
    expect(refused).to.include({ code: "InvalidRequest" });
  });

  it("that has no access lists are told so when one is put", async () => {
    const answer = await asked(new PutBucketAclCommand({ Bucket, ACL: "public-read" }));
    expect(answer).to.deep.equal({ code: "AccessControlListNotSupported", status: 400 });
  });
});

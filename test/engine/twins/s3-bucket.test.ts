import { expect } from "chai";
import { json } from "node:stream/consumers";
import type { Properties } from "../../../engine/graph/resource";
import { resource } from "../graph/resources";
import { ServicesFixture } from "../services-fixture";

const bucket = resource("aws:s3/bucket:Bucket", "media", { bucket: "media-1" });
const lifecycle = (...rules: Properties[]) =>
  resource("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "lifecycle", {
    bucket: bucket.id,
    rules,
  });
const rule = (days: number, more: Properties = {}): Properties => ({
  id: `after-${days}`,
  status: "Enabled",
  expiration: { days },
  ...more,
});

describe("The twin of a bucket", () => {
  let fixture: ServicesFixture;

  beforeEach(() => {
    fixture = new ServicesFixture();
  });

  afterEach(() => fixture.close());

  const expirationDays = async (...rules: Properties[]): Promise<number | undefined> => {
    await fixture.apply(bucket, lifecycle(...rules));
    return fixture.services.objects.bucket(bucket.id).settings.expirationDays;
  };

  it("lets objects expire by the rules that are for all of them, the soonest first", async () => {
    expect(await expirationDays(rule(30), rule(7, { filter: {} }), rule(9, { filter: { prefix: "" } }))).to.equal(7);
    expect(await expirationDays()).to.equal(undefined);
    expect(fixture.warnings()).to.be.empty;
  });

  it("takes no policy that is not a JSON object, as S3 does", async () => {
    for (const policy of ["everybody", "[]", ""]) {
      const declared = resource("aws:s3/bucketPolicy:BucketPolicy", "policy", { bucket: bucket.id, policy });
      const failure = await fixture.apply(bucket, declared).catch((error: unknown) => error as Error);
      expect(failure?.message, policy).to.match(/MalformedPolicy|first byte must be '\{'/);
    }
  });

  it("lets none expire by a rule that is disabled", async () => {
    expect(await expirationDays(rule(1, { status: "Disabled" }))).to.equal(undefined);
    expect(fixture.warnings()).to.be.empty;
  });

  it("lets none expire by a rule for some of them, and says so", async () => {
    const some = [rule(1, { filter: { prefix: "tmp/" } }), rule(2, { prefix: "old/" })];
    expect(await expirationDays(...some, rule(30))).to.equal(30);
    const says = (id: string): string =>
      `rule ${id} of bucket media is for some of its objects, and does not run here: none of them expire`;
    expect(fixture.warnings()).to.deep.equal([says("after-1"), says("after-2")]);
    const tagged = { filter: { tag: { key: "keep", value: "no" } } };
    expect(await expirationDays(rule(3, tagged))).to.equal(undefined);
  });

  it("keeps what the program says of an object, and gives it back", async () => {
    const inputs = {
      bucket: bucket.id,
      key: "a.json",
      content: "[1]",
      cacheControl: "no-store",
      storageClass: "GLACIER_IR",
    };
    await fixture.apply(bucket, resource("aws:s3/bucketObjectv2:BucketObjectv2", "a", inputs));
    const { objects } = fixture.services;
    const object = await objects.head(bucket.id, "a.json");
    expect(object.details.headers).to.include({ "cache-control": "no-store", "x-amz-storage-class": "GLACIER_IR" });
    expect(await json(objects.read(object))).to.deep.equal([1]);
    expect(fixture.warnings()).to.be.empty;
  });
});

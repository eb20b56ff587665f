import { createHmac } from "node:crypto";

import { expect } from "chai";

import { startObjectStore, type ObjectStoreFixture } from "../object-store-fixture";

const Bucket = "media";

describe("Uploading by a browser's form over S3", () => {
  let fixture: ObjectStoreFixture;
  before(async () => {
    fixture = await startObjectStore();
    await fixture.store.createBucket(Bucket, { publishEvents: true });
  });
  after(async () => {
    await fixture.close();
    expect(fixture.faults).to.deep.equal([]);
  });

  /** The fields of a signed form, as `generate_presigned_post` of boto3 makes them. */
  const signed = (conditions: readonly unknown[], fields: Record<string, string>, expiresIn = 60_000) => {
    const { accessKeyId, secretAccessKey } = fixture.identity.developer();
    const date = new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
    const scope = `${date.slice(0, 8)}/us-east-1/s3/aws4_request`;
    const credential = `${accessKeyId}/${scope}`;
    const own = { "x-amz-algorithm": "AWS4-HMAC-SHA256", "x-amz-credential": credential, "x-amz-date": date };
    const expiration = new Date(Date.now() + expiresIn).toISOString();
    const all = [...conditions, ...Object.entries(own).map(([name, value]) => ({ [name]: value }))];
    const policy = Buffer.from(JSON.stringify({ expiration, conditions: all })).toString("base64");
    const key = scope
      .split("/")
      .reduce<string | Buffer>(
        (secret, text) => createHmac("sha256", secret).update(text).digest(),
        `AWS4${secretAccessKey}`,
      );
    const signature = createHmac("sha256", key).update(policy).digest("hex");
    return { ...fields, ...own, policy, "x-amz-signature": signature };
  };
  const post = async (fields: Record<string, string>, file: string | undefined, name = "photo.jpg") => {
    const form = new FormData();
    for (const [field, value] of Object.entries(fields)) form.append(field, value);
    if (file !== undefined) form.append("file", new Blob([file]), name);
    const url = `http://127.0.0.1:${fixture.port}/${Bucket}`;
    const answer = await fetch(url, { method: "POST", body: form, redirect: "manual" });
    const text = await answer.text();
    return { status: answer.status, code: /<Code>(\w+)<\/Code>/.exec(text)?.[1], text, headers: answer.headers };
  };
  const exactly = [{ bucket: Bucket }, ["starts-with", "$key", "uploads/"]] as const;

  it("makes an object of the file, with what the fields say of it", async () => {
    const conditions = [...exactly, ["starts-with", "$Content-Type", "image/"], { "x-amz-meta-by": "browser" }];
    const fields = { key: "uploads/${filename}", "Content-Type": "image/jpeg", "x-amz-meta-by": "browser" };
    const answer = await post(signed(conditions, fields), "bytes");
    expect(answer.status, answer.text).to.equal(204);
    const object = fixture.store.index.current(Bucket, "uploads/photo.jpg");
    expect(object?.details).to.deep.include({ metadata: { by: "browser" } });
    expect(object?.details.headers["content-type"]).to.equal("image/jpeg");
    expect(answer.headers.get("etag")).to.equal(`"${object?.eTag}"`);
    expect(fixture.events.at(-1)).to.include({ reason: "PostObject", key: "uploads/photo.jpg" });
  });

  it("answers as the form asks", async () => {
    const conditions = [...exactly, ["starts-with", "$success_action_status", ""]];
    const created = await post(signed(conditions, { key: "uploads/a", success_action_status: "201" }), "bytes");
    expect(created.status).to.equal(201);
    expect(created.text).to.contain("<PostResponse><Location>").and.contain("<Key>uploads/a</Key>");
    const redirect = { success_action_redirect: "https://example.com/done" };
    const sent = await post(signed([...exactly, redirect], { key: "uploads/a", ...redirect }), "bytes");
    expect(sent.status).to.equal(303);
    expect(sent.headers.get("location")).to.contain("https://example.com/done?bucket=media&key=uploads");
  });

  it("refuses what the policy does not allow, and keeps nothing of it", async () => {
    const range = [...exactly, ["content-length-range", 2, 4]];
    const key = "uploads/refused";
    const cases = [
      [signed(exactly, { key: "elsewhere" }), "AccessDenied"],
      [signed(exactly, { key }, -1000), "AccessDenied"],
      [signed(exactly, { key, "x-amz-meta-extra": "1" }), "AccessDenied"],
      [{ ...signed(exactly, { key }), "x-amz-signature": "0".repeat(64) }, "SignatureDoesNotMatch"],
      [{ key }, "AccessDenied"],
      [
        { ...signed(exactly, { key }), "x-amz-credential": "AKIANOBODY/20261130/us-east-1/s3/aws4_request" },
        "InvalidAccessKeyId",
      ],
      [signed([...exactly, { "x-amz-security-token": "t" }], { key, "x-amz-security-token": "t" }), "InvalidToken"],
      [signed([["eq", "$key"]], { key }), "InvalidPolicyDocument"],
      [signed([{ key, more: "x" }], { key }), "InvalidPolicyDocument"],
      [signed(range, { key }), "EntityTooLarge"],
      [signed([...exactly, ["content-length-range", 10, 20]], { key }), "EntityTooSmall"],
      [signed([["near", "$key", "x"]], { key }), "InvalidPolicyDocument"],
      [signed(exactly, {}), "InvalidArgument"],
    ] as const;
    for (const [fields, code] of cases) {
      const answer = await post(fields, "bytes");
      expect(answer.code, answer.text).to.equal(code);
    }
    expect(await post(signed(exactly, { key }), undefined)).to.include({ code: "InvalidArgument", status: 400 });
    expect(fixture.store.index.current(Bucket, key)).to.equal(undefined);
  });

  it("refuses what is no form", async () => {
    const url = `http://127.0.0.1:${fixture.port}/${Bucket}`;
    expect((await fetch(url, { method: "POST", body: "text" })).status).to.equal(412);
    const headers = { "content-type": "multipart/form-data; boundary=x" };
    const broken = await fetch(url, { method: "POST", body: "--x\r\nnonsense", headers });
    expect(broken.status).to.equal(400);
  });
});

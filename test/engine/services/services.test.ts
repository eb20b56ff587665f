import { expect } from "chai";

import { ServicesFixture } from "../services-fixture";

describe("The services, wired together", () => {
  const fixture = new ServicesFixture();
  const { services } = fixture;
  let url: string;

  before(async () => {
    url = `http://127.0.0.1:${await services.endpoint.listen()}`;
    await services.objects.createBucket("media");
    await services.objects.put("media", "key", "text");
  });
  after(() => fixture.close());

  it("let nobody without a key read or change an object", async () => {
    const requests = [
      ["GET", "/media/key"],
      ["HEAD", "/media/key"],
      ["PUT", "/media/key"],
      ["DELETE", "/media/key"],
      ["GET", "/media?list-type=2"],
      ["GET", "/media?policy"],
      ["PUT", "/other"],
      ["DELETE", "/media"],
      ["POST", "/media/key?uploads"],
      ["GET", "/"],
    ] as const;
    for (const [method, at] of requests) {
      const body = method === "PUT" ? "changed" : undefined;
      const { status } = await fetch(url + at, { method, body });
      expect(status, `${method} ${at}`).to.equal(403);
    }
    const { body } = await services.objects.get("media", "key");
    expect(Buffer.concat(await body.toArray()).toString()).to.equal("text");
    expect(services.objects.buckets().map(({ name }) => name)).to.deep.equal(["media"]);
  });

  it("let nobody without a key ask any other service", async () => {
    const headers = { "content-type": "application/x-amz-json-1.0" };
    for (const target of ["AmazonSQS.ListQueues", "Logs_20140328.DescribeLogGroups", "AWSEvents.PutEvents"]) {
      const options = { method: "POST", body: "{}", headers: { ...headers, "x-amz-target": target } };
      expect((await fetch(url, options)).status, target).to.equal(403);
    }
    const invoked = await fetch(`${url}/2015-03-31/functions/f/invocations`, { method: "POST", body: "{}", headers });
    expect(invoked.status).to.equal(403);
  });
});

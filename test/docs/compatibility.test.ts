import * as fs from "node:fs";
import * as path from "node:path";

import * as eventBridge from "@aws-sdk/client-eventbridge";
import * as ecs from "@aws-sdk/client-ecs";
import * as lambda from "@aws-sdk/client-lambda";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as s3 from "@aws-sdk/client-s3";
import * as scheduler from "@aws-sdk/client-scheduler";
import * as sqs from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { format } from "prettier";

import { ServicesFixture } from "../engine/services-fixture";
import { compatibilityPage, operationsOf, type ComparedService } from "./compatibility";

const file = path.resolve(__dirname, "../../docs/compatibility.md");

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html */
const stsOperations = [
  ...["AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot", "DecodeAuthorizationMessage"],
  ...["GetAccessKeyInfo", "GetCallerIdentity", "GetDelegatedAccessToken", "GetFederationToken", "GetSessionToken"],
  "GetWebIdentityToken",
];

const clients: readonly (readonly [signingName: string, title: string, known: readonly string[]])[] = [
  ["s3", "S3", operationsOf(s3)],
  ["sqs", "SQS", operationsOf(sqs)],
  ["lambda", "Lambda", operationsOf(lambda)],
  ["events", "EventBridge", operationsOf(eventBridge)],
  ["scheduler", "EventBridge Scheduler", operationsOf(scheduler)],
  ["ecs", "ECS", operationsOf(ecs)],
  ["logs", "CloudWatch Logs", operationsOf(logs)],
  ["sts", "STS", stsOperations],
];

describe("docs/compatibility.md", () => {
  const fixture = new ServicesFixture();
  after(() => fixture.close());

  const compared = (): ComparedService[] =>
    clients.map(([signingName, title, known]) => {
      const service = fixture.services.endpoint.serviceOf(signingName);
      if (service === undefined) throw new Error(`no service ${signingName}`);
      return { title, service, known };
    });

  it("lists the operations that run here, and those of AWS that do not", async () => {
    const page = await format(compatibilityPage(compared()), { parser: "markdown", printWidth: 120 });
    // `UPDATE_SNAPSHOTS=1` writes it anew; a reviewer reads the difference.
    if (process.env.UPDATE_SNAPSHOTS !== undefined && process.env.CI === undefined) fs.writeFileSync(file, page);
    expect(fs.readFileSync(file, "utf8")).to.equal(page);
  });

  it("names every operation that runs here as AWS does", () => {
    for (const { title, service, known } of compared()) {
      // A browser's form has no command of the SDK.
      const invented = service.operations.filter(({ name }) => name !== "PostObject" && !known.includes(name));
      expect(
        invented.map(({ name }) => name),
        title,
      ).to.deep.equal([]);
    }
  });

  it("covers every service of the endpoint", () => {
    expect(fixture.services.endpoint.serviceNames.toSorted()).to.deep.equal(clients.map(([name]) => name).sort());
  });
});

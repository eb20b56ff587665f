import { ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { tandem } from "../command";
import { DeployedExample } from "./deployed-example";

describe("tandem redrive --aws", () => {
  let example: DeployedExample;

  before(async () => {
    example = await DeployedExample.start("provision-queues");
    await example.up();
  });

  after(() => example.close());

  it("sends the dead letters of a deployed queue back, found by its name in Pulumi's state", async () => {
    const cloud = await example.cloud();
    const sqs = cloud.sqs();
    const { orders: QueueUrl = "" } = (await example.pulumi.outputs())["queueUrls"] as Record<string, string>;
    const receive = new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0 });
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '"an order"' }));
    for (let time = 1; time <= 5; time += 1) expect((await sqs.send(receive)).Messages).to.have.lengthOf(1);
    expect((await sqs.send(receive)).Messages).to.equal(undefined);

    const { endpoint, credentials } = cloud.clientConfig;
    const env = {
      ...example.pulumi.variables,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    };
    const { code, output } = await tandem(["redrive", "orders", "--aws", "--stack", "dev"], {
      cwd: example.folder,
      env,
    }).ended;
    expect(code, output).to.equal(0);
    expect(output).to.match(/1 message/);
    const [again] = (await sqs.send(receive)).Messages ?? [];
    expect(again?.Body).to.equal('"an order"');
  });
});

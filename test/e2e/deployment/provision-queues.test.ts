import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { livesAndEnds, replaced } from "./example-life";

livesAndEnds({
  name: "provision-queues",
  async runs(cloud, outputs) {
    const { orders } = outputs["queueUrls"] as Record<string, string>;
    const { orders: failed } = outputs["deadLetterUrls"] as Record<string, string>;
    const sqs = cloud.sqs();
    const group = orders?.endsWith(".fifo") === true ? { MessageGroupId: "orders" } : {};
    await sqs.send(new SendMessageCommand({ QueueUrl: orders, MessageBody: '"an order"', ...group }));
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: orders, WaitTimeSeconds: 1 }));
    expect(Messages.map(({ Body }) => Body)).to.deep.equal(['"an order"']);
    const asked = new GetQueueAttributesCommand({ QueueUrl: orders, AttributeNames: ["RedrivePolicy"] });
    const { Attributes } = await sqs.send(asked);
    expect(Attributes?.["RedrivePolicy"]).to.include(failed?.split("/").at(-1));
  },
  changes: {
    "how often a message is tried": {
      edits: [{ file: "index.ts", from: "maxReceiveCount: 5", to: "maxReceiveCount: 4" }],
      changes: ["update invoices", "update orders", "update shipments"],
    },
    "the list of names": {
      edits: [{ file: "index.ts", from: '  shipments: "shipments-failed",\n', to: "" }],
      changes: [
        ...["shipments", "shipments", "shipments-policy"],
        ...["shipments-failed", "shipments-failed", "shipments-failed-policy"],
        ...["shipments-failed-dead-letter", "shipments-failed-dead-letter", "shipments-failed-dead-letter-policy"],
        ...["shipments-failed-dead-letter-alarm", "shipments-failed-dead-letter-redrive-allow"],
      ].map((name) => `delete ${name}`),
    },
  },
  renamed: [
    { file: "index.ts", from: '  orders: "orders-failed",', to: '  purchases: "orders-failed",' },
    {
      file: "index.ts",
      from: 'tags: { team: "orders" } });',
      to: 'tags: { team: "orders" } }, { aliases: name === "purchases" ? [{ name: "orders" }] : [] });',
    },
    {
      file: "index.ts",
      from: "queues.map(([name, queue]) => [name, queue.url])",
      to: 'queues.map(([name, queue]) => [name === "purchases" ? "orders" : name, queue.url])',
    },
    {
      file: "index.ts",
      from: "queues.map(([name, queue]) => [name, queue.deadLetters.url])",
      to: 'queues.map(([name, queue]) => [name === "purchases" ? "orders" : name, queue.deadLetters.url])',
    },
  ],
  renamedWithoutAlias: [{ file: "index.ts", from: '  invoices: "', to: '  bills: "' }],
  lost: [
    ...["bills", "bills", "bills-policy"].map((name) => `create ${name}`),
    ...["invoices", "invoices", "invoices-policy"].map((name) => `delete ${name}`),
  ],
  replacing: {
    edits: [
      {
        file: "index.ts",
        from: "maxReceiveCount: 4, tags",
        to: 'fifo: name === "purchases", maxReceiveCount: 4, tags',
      },
      {
        file: "index.ts",
        from: "{ retention: 14 * 24 * 3600 }",
        to: '{ retention: 14 * 24 * 3600, fifo: deadLetter === "orders-failed" }',
      },
    ],
    changes: [
      ...["purchases", "orders-failed", "orders-failed-dead-letter"].flatMap((name) => [
        ...replaced(name),
        ...replaced(`${name}-policy`),
      ]),
      ...replaced("orders-failed-dead-letter-redrive-allow"),
      "update orders-failed-dead-letter-alarm",
    ],
    order: ["delete orders-failed", "create orders-failed", "create purchases"],
  },
});

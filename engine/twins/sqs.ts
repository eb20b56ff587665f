import { arn } from "../services/account";
import { flag, physicalName, settingOf, type Twin } from "./twin";

/** A queue. Here it keeps dead letters: functions and rules put into it what they gave up. */
export const sqsQueue: Twin = {
  type: "aws:sqs/queue:Queue",
  identify(resource, account) {
    const fifo = flag(resource.inputs, "fifoQueue") ? ".fifo" : "";
    const name = physicalName(resource, resource.inputs["name"], 80 - fifo.length) + fifo;
    const url = `https://sqs.${account.region}.amazonaws.com/${account.id}/${name}`;
    return { id: url, outputs: { name, url, arn: arn(account, "sqs", name) } };
  },
};

export const sqsQueuePolicy: Twin = settingOf("aws:sqs/queuePolicy:QueuePolicy", "queueUrl");

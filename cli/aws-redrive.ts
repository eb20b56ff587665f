import type { QueueAttributeName, SQSClient } from "@aws-sdk/client-sqs";
import { EngineError } from "../engine/errors";
import { explainAwsError } from "./aws-errors";
import { deployedResources, type DeployedResource } from "./deployed-stack";
import { findResource } from "./find-resource";
import { moveMessages, nothingToSendBack, refused, RedriveInterrupted } from "./move-messages";
import type { DeadLetters, Redriven } from "./move-messages";
import { placeOf, urlOf, type QueuePlace } from "./queue-place";
import { eventDeadLetterArns, queueType } from "./queues";

/** Where a deployed queue is looked for. */
export interface DeployedOptions {
  /** The project's folder. */
  readonly folder: string;
  /** @defaultValue the stack that the Pulumi CLI has selected */
  readonly stack?: string | undefined;
}

/** What a redrive does with SQS, beside what it is itself allowed to. */
export const redrivePermissions = [
  "sqs:GetQueueAttributes",
  "sqs:ListDeadLetterSourceQueues",
  "sqs:StartMessageMoveTask",
  "sqs:ListMessageMoveTasks",
  "sqs:CancelMessageMoveTask",
  "sqs:ReceiveMessage",
  "sqs:DeleteMessage",
  "sqs:SendMessage",
];

/**
 * Sends the dead letters of a deployed queue back to where they came from, with the AWS credentials of whoever asks.
 * @param name the queue's name in the program, or that of its dead letters; or a URL or ARN, which needs no state
 * @throws `ERR_DEPLOYED_STACK`, `ERR_NOT_FOUND`, `ERR_REDRIVE_REFUSED`, `ERR_AWS_…`, {@link RedriveInterrupted}
 */
export async function redriveOnAws(
  name: string,
  { folder, stack }: DeployedOptions,
  onProgress: (moved: number, of: number) => void,
  interrupted: AbortSignal,
): Promise<Redriven> {
  try {
    const { client, letters } = await find(name, folder, stack, interrupted).catch((error: unknown) => {
      // The CLI that was asked ended by the same Ctrl-C.
      throw interrupted.aborted ? new RedriveInterrupted("no message went back", 0) : error;
    });
    return await moveMessages(client, letters, onProgress, interrupted);
  } catch (error) {
    throw explainAwsError(error, redrivePermissions);
  }
}

async function find(
  name: string,
  folder: string,
  stack: string | undefined,
  interrupted: AbortSignal,
): Promise<{ client: SQSClient; letters: DeadLetters }> {
  const given = placeOf(name);
  // Names of components have no colon, so the state would be asked in vain.
  if (given === undefined && /^(arn|https?):/.test(name)) throw misspelt(name);
  const resources = given === undefined ? await deployedResources(folder, stack, interrupted) : [];
  const place = given ?? deployedPlace(resources, name);
  const { SQSClient } = await import("@aws-sdk/client-sqs");
  // Addresses are made here of ARNs; where SQS is, the SDK knows, or AWS_ENDPOINT_URL says.
  const client = new SQSClient({
    useQueueUrlAsEndpoint: false,
    ...(place.region === undefined ? {} : { region: place.region }),
  });
  return { client, letters: await lettersOf(client, place, resources) };
}

function deployedPlace(resources: readonly DeployedResource[], name: string): QueuePlace {
  const { id, outputs } = findResource(resources, "queue", queueType, name);
  return { url: id, region: placeOf(String(outputs["arn"]))?.region };
}

/** The dead letters that are meant, and the queues that they came from, as SQS knows them. */
async function lettersOf(
  client: SQSClient,
  place: QueuePlace,
  resources: readonly DeployedResource[],
): Promise<DeadLetters> {
  const nameOf = (arn: string): string =>
    resources.find(({ type, outputs }) => type === queueType && outputs["arn"] === arn)?.name ??
    arn.slice(arn.lastIndexOf(":") + 1);
  const queue = await attributesOf(client, place.url);
  const arn = queue.deadLetterArn ?? queue.arn;
  const url = queue.deadLetterArn === undefined ? place.url : urlOf(place.url, queue.deadLetterArn);
  const sources = (await sourceNames(client, url)).map((name) => arn.slice(0, arn.lastIndexOf(":") + 1) + name);
  const name = nameOf(arn);
  const look = `aws sqs get-queue-attributes --attribute-names All --queue-url ${url}`;
  if (sources.length === 0) {
    if (!eventDeadLetterArns(resources).has(arn)) throw nothingToSendBack(name, "aws sqs get-queue-attributes");
    throw refused(
      `"${name}" keeps events that a handler or rule gave up, and they have no queue to go back to`,
      `see what they are with aws sqs receive-message --queue-url ${url}, and call the handler again with aws lambda invoke`,
      JSON.stringify(name),
    );
  }
  const { inFlight } = queue.deadLetterArn === undefined ? queue : await attributesOf(client, url);
  const named = sources.map((source) => ({ name: nameOf(source), arn: source }));
  return { name, arn, inFlight, sources: named, look, longestPause: 1000 };
}

async function attributesOf(
  client: SQSClient,
  url: string,
): Promise<{ arn: string; deadLetterArn: string | undefined; inFlight: number }> {
  const { GetQueueAttributesCommand, QueueDoesNotExist } = await import("@aws-sdk/client-sqs");
  const AttributeNames: QueueAttributeName[] = ["QueueArn", "RedrivePolicy", "ApproximateNumberOfMessagesNotVisible"];
  try {
    const { Attributes = {} } = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames }));
    const policy = JSON.parse(Attributes["RedrivePolicy"] ?? "{}") as { deadLetterTargetArn?: string };
    return {
      arn: Attributes["QueueArn"] ?? "",
      deadLetterArn: policy.deadLetterTargetArn,
      inFlight: Number(Attributes["ApproximateNumberOfMessagesNotVisible"] ?? 0),
    };
  } catch (error) {
    if (!(error instanceof QueueDoesNotExist)) throw error;
    throw missing(url);
  }
}

/** The names of the queues whose dead letters a queue takes. */
async function sourceNames(client: SQSClient, url: string): Promise<string[]> {
  const { paginateListDeadLetterSourceQueues } = await import("@aws-sdk/client-sqs");
  const names: string[] = [];
  for await (const { queueUrls = [] } of paginateListDeadLetterSourceQueues({ client }, { QueueUrl: url })) {
    names.push(...queueUrls.map((each) => each.slice(each.lastIndexOf("/") + 1)));
  }
  return names.sort();
}

function misspelt(address: string): EngineError {
  return new EngineError(
    "ERR_NOT_FOUND",
    "that is neither the ARN of a queue nor its URL",
    "write arn:aws:sqs:<region>:<account>:<name>, or https://sqs.<region>.amazonaws.com/<account>/<name>, as aws sqs list-queues does",
    address,
  );
}

function missing(url: string): EngineError {
  return new EngineError(
    "ERR_NOT_FOUND",
    "AWS has no queue there",
    "see that the account is the one that it was deployed to (aws sts get-caller-identity); pulumi refresh corrects a state that is behind",
    url,
  );
}

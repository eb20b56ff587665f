import { taskNameOf } from "../engine/graph/names";
import { apisOf, type RunningApi } from "./apis";
import { bold, dim } from "./colours";
import { nameColumn } from "./name-column";
import { listedMessage, messageLine } from "./message-line";
import { queueRows, type Row } from "./queue-rows";
import { eventDeadLetterArns, queuesOf, queueType } from "./queues";
import type { RunningResource, RunningStack } from "./running";

const bucketType = "aws:s3/bucket:Bucket";
const taskType = "aws:ecs/taskDefinition:TaskDefinition";

/** What is listed as it stands in the program, by type. */
const listed: Readonly<Record<string, string>> = {
  [bucketType]: "bucket",
  "aws:lambda/function:Function": "function",
  [taskType]: "task",
};

/** Prints an object as JSON, or its text. */
export type Print = (value: object, text: string) => void;

/** Lists what runs, in the order of the program, then what it exports. */
export async function listStack(stack: RunningStack, print: Print): Promise<void> {
  const queues = await queuesOf(stack);
  const rows = queueRows(queues, eventDeadLetterArns(stack.resources));
  const apis = new Map(apisOf(stack.resources).map((api) => [api.id, api]));
  const outputs = Object.entries(stack.stackOutputs).map(([name, value]) => ({
    value: { kind: "output", name, value },
    after: JSON.stringify(value),
  }));
  const all = [...stack.resources.flatMap((resource) => rowOf(resource, rows, apis) ?? []), ...outputs];
  const column = nameColumn(
    all.map(({ value }) => value.name),
    process.stdout,
    { least: 24, most: 64 },
  );
  for (const { value, after } of all) print(value, `${dim(value.kind.padEnd(9))} ${bold(column(value.name))} ${after}`);
}

/**
 * Lists the objects of a bucket, or the oldest messages of a queue.
 * @param limit of messages
 * @returns whether there are more than that
 */
export async function listContent(stack: RunningStack, name: string, limit: number, print: Print): Promise<boolean> {
  const resource = stack.resource("bucket or queue", [bucketType, queueType], name);
  if (resource.type === queueType) return listMessages(stack, resource, limit, print);
  await listObjects(stack, resource.id, print);
  return false;
}

function rowOf(
  resource: RunningResource,
  rows: ReadonlyMap<string, Row>,
  apis: ReadonlyMap<string, RunningApi>,
): Row | undefined {
  const { type, name, id } = resource;
  if (type === queueType) return rows.get(id);
  const api = type === "aws:apigatewayv2/api:Api" ? apis.get(id) : undefined;
  if (api !== undefined) return { value: { kind: "api", ...api }, after: api.url };
  const kind = listed[type];
  if (kind === undefined) return undefined;
  return { value: { kind, name: type === taskType ? taskNameOf(resource) : name, id }, after: dim(id) };
}

async function listObjects(stack: RunningStack, bucket: string, print: Print): Promise<void> {
  const { paginateListObjectsV2 } = await import("@aws-sdk/client-s3");
  for await (const page of paginateListObjectsV2({ client: stack.s3() }, { Bucket: bucket })) {
    for (const { Key: key = "", Size: size = 0, LastModified: time } of page.Contents ?? []) {
      print(
        { key, size, lastModified: time },
        `${String(size).padStart(12)}  ${dim(time?.toISOString() ?? "")}  ${key}`,
      );
    }
  }
}

async function listMessages(
  stack: RunningStack,
  { id }: RunningResource,
  limit: number,
  print: Print,
): Promise<boolean> {
  const columns = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
  const nameOf = (queueArn: string): string =>
    stack.resources.find(({ type, outputs }) => type === queueType && outputs["arn"] === queueArn)?.name ?? queueArn;
  const now = Date.now();
  let count = 0;
  // One more than is shown, to know whether there are more.
  for await (const message of stack.messages(id, limit + 1)) {
    count += 1;
    if (count > limit) return true;
    const shown = listedMessage(message, now, nameOf);
    print(shown, messageLine(shown, now, columns));
  }
  return false;
}

import { DescribeTasksCommand, ECSClient, RunTaskCommand, StopTaskCommand } from "@aws-sdk/client-ecs";
import { taskNameOf } from "../engine/graph/names";
import { CommandFailure, exitCodes } from "./exit";
import { red } from "./colours";
import type { RunningStack } from "./running";

const definitionType = "aws:ecs/taskDefinition:TaskDefinition";

/** Runs a task, prints what it prints, and ends as it ends; Ctrl-C stops it. */
export async function runTask(
  stack: RunningStack,
  name: string,
  environment: { name: string; value: string }[],
): Promise<void> {
  const definition = stack.resource("task", definitionType, taskResource(stack, name));
  const containers = JSON.parse(String(definition.outputs.containerDefinitions)) as { name: string }[];
  const cluster = stack.resources.find(
    ({ type, parent }) => type === "aws:ecs/cluster:Cluster" && parent === definition.parent,
  );
  const client = new ECSClient(stack.clientConfig);
  const end = new AbortController();
  const stopped = printUntilStopped(stack, taskNameOf(definition), end);
  const { tasks, failures } = await client.send(
    new RunTaskCommand({
      cluster: cluster?.id,
      taskDefinition: String(definition.outputs.arn),
      overrides: { containerOverrides: [{ name: containers[0]?.name, environment }] },
    }),
  );
  const taskArn = tasks?.[0]?.taskArn;
  if (taskArn === undefined) {
    end.abort();
    throw new Error(`the task did not start: ${failures?.[0]?.reason ?? "no reason given"}`);
  }
  let interrupted = false;
  process.once("SIGINT", () => {
    interrupted = true;
    void client.send(new StopTaskCommand({ cluster: cluster?.id, task: taskArn, reason: "interrupted" }));
  });
  const hasStopped = await stopped(taskArn.split("/").at(-1) ?? "");
  if (!hasStopped) {
    process.stderr.write(`${red(`tandem up has ended, and ${name} with it`)}\n`);
    throw new CommandFailure(exitCodes.failed);
  }
  const described = await client.send(new DescribeTasksCommand({ cluster: cluster?.id, tasks: [taskArn] }));
  const container = described.tasks?.[0]?.containers?.[0];
  if (interrupted) throw new CommandFailure(exitCodes.interrupted);
  if (container?.exitCode === 0) return;
  const reason = container?.reason ?? described.tasks?.[0]?.stoppedReason ?? "";
  process.stderr.write(`${red(`${name} ended with exit code ${container?.exitCode ?? "none"}: ${reason}`)}\n`);
  throw new CommandFailure(exitCodes.failed);
}

/** The id of the definition of a Task; a name that is no Task's may be a definition's. */
function taskResource(stack: RunningStack, name: string): string {
  const own = stack.resources.find((each) => each.type === definitionType && taskNameOf(each) === name);
  return own?.id ?? name;
}

/** Prints a task's lines; the function that is returned resolves to whether the run `id` has stopped before the engine. */
function printUntilStopped(stack: RunningStack, task: string, end: AbortController): (id: string) => Promise<boolean> {
  const lastEvents = new Set<string>();
  let wanted: string | undefined;
  let resolve: (hasStopped: boolean) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const settled = new Promise<boolean>((...functions) => ([resolve, reject] = functions));
  const check = (): void => {
    if (wanted !== undefined && lastEvents.has(wanted)) resolve(true);
  };
  const print = async (): Promise<void> => {
    for await (const event of stack.events(end.signal)) {
      if (event.type === "log" && event.source === "task" && event.name === task) {
        process.stdout.write(`${String(event.line)}\n`);
      }
      if (event.type === "task" && event.status === "stopped") lastEvents.add(String(event.id));
      check();
    }
    resolve(false);
  };
  print().catch(reject);
  return async (id) => {
    wanted = id;
    check();
    const hasStopped = await settled;
    end.abort();
    return hasStopped;
  };
}

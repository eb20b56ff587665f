import { isRecord } from "../protocol/json-input";
import { AwsError } from "../protocol/message";

/** A task definition, as the program declares it. */
export interface TaskDefinition {
  /** With its revision: `arn:aws:ecs:us-east-1:000000000000:task-definition/ffmpeg:1`. */
  readonly arn: string;
  readonly family: string;
  /** The task's name in the program; what people are shown. */
  readonly displayName: string;
  /** As ECS takes them: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html. */
  readonly containerDefinitions: readonly Readonly<Record<string, unknown>>[];
  /** CPU units, 1024 for each processor; empty where it is not said. */
  readonly cpu: string;
  /** MB; empty where it is not said. */
  readonly memory: string;
  readonly taskRoleArn: string;
  readonly executionRoleArn: string;
}

/** How an image is built. */
export interface ImageBuild {
  /** The folder that the build sees, absolute. */
  readonly context: string;
  /** The Dockerfile, absolute. */
  readonly dockerfile: string;
  /** The stage to build; the last by default. */
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  /** Values for `RUN --mount=type=secret`, by id. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Where the deployed image runs, e.g. `linux/arm64`. */
  readonly platform?: string;
}

/** The one container of a task, read from its definition. */
export interface ContainerDefinition {
  readonly name: string;
  readonly image: string;
  /** Replaces the image's ENTRYPOINT, and drops its CMD. */
  readonly entryPoint: readonly string[] | undefined;
  /** Replaces the image's CMD. */
  readonly command: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** ARNs of secrets and parameters, by the variable that gets their value. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly workingDirectory: string | undefined;
  readonly logGroup: string | undefined;
  readonly logStreamPrefix: string | undefined;
  /** Seconds between the stop signal and SIGKILL; 30, as on ECS, where it is not said. */
  readonly stopTimeout: number;
}

// Each changes what the container sees, so that leaving it out would be a different task.
const unsupported = [
  "environmentFiles",
  "mountPoints",
  "volumesFrom",
  "links",
  "credentialSpecs",
  "resourceRequirements",
];
const defaultStopTimeout = 30;

/** Reads the container of a task. Throws a ClientException for a definition that does not run on this machine. */
export function readContainer({ family, containerDefinitions }: TaskDefinition): ContainerDefinition {
  const [container, ...others] = containerDefinitions;
  if (container === undefined) throw refused("Container list cannot be empty.");
  if (others.length > 0) {
    const names = containerDefinitions.map(({ name }) => String(name)).join(", ");
    throw refused(
      `The task definition ${family} has ${containerDefinitions.length} containers (${names}); on this machine a task has one.`,
    );
  }
  const used = unsupported.filter((key) => Array.isArray(container[key]) && container[key].length > 0);
  if (used.length > 0)
    throw refused(`The task definition ${family} uses ${used.join(", ")}, which is not supported on this machine.`);
  const { logConfiguration, stopTimeout } = container;
  const options =
    isRecord(logConfiguration) && isRecord(logConfiguration["options"]) ? logConfiguration["options"] : {};
  return {
    name: text(container, "name") ?? refuse(`A container of ${family} has no name.`),
    image: text(container, "image") ?? refuse("Container.image should not be null or empty."),
    entryPoint: words(container, "entryPoint"),
    command: words(container, "command"),
    environment: pairs(container, "environment", "value"),
    secrets: pairs(container, "secrets", "valueFrom"),
    workingDirectory: text(container, "workingDirectory"),
    logGroup: text(options, "awslogs-group"),
    logStreamPrefix: text(options, "awslogs-stream-prefix"),
    stopTimeout: typeof stopTimeout === "number" ? stopTimeout : defaultStopTimeout,
  };
}

function text(values: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = values[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function words(values: Readonly<Record<string, unknown>>, key: string): readonly string[] | undefined {
  const value = values[key];
  // An empty list is what the AWS console and Terraform write for "as in the image".
  return Array.isArray(value) && value.length > 0 ? value.map(String) : undefined;
}

function pairs(values: Readonly<Record<string, unknown>>, key: string, property: string): Record<string, string> {
  const value = values[key];
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  return Object.fromEntries(items.filter(isRecord).map((item) => [String(item["name"]), String(item[property] ?? "")]));
}

function refused(message: string): AwsError {
  return new AwsError("ClientException", message);
}

function refuse(message: string): never {
  throw refused(message);
}

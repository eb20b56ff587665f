import * as fs from "node:fs";
import * as path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { arn, localAccount, type Account } from "./account";
import { Activity } from "./activity";
import { requireCaller } from "./authorize";
import { guardedClock, systemClock, type Clock } from "./clock";
import { Endpoint, type EndpointOptions } from "./endpoint/endpoint";
import type { EngineEvents } from "./engine-events";
import { EventService, type EventBridgeEvent } from "./events/event-service";
import type { FunctionDefinition } from "./functions/function-definition";
import { FunctionService } from "./functions/function-service";
import { HttpApiService } from "./http-apis/http-api-service";
import { Identity } from "./identity/identity";
import { LogService } from "./logs/log-service";
import { ObjectStore } from "./objects/object-store";
import { S3Service } from "./objects/s3/s3-service";
import { isNotified, notificationOf, type BucketNotifications } from "./bucket-notifications";
import { objectEvent } from "./object-events";
import { AwsError } from "./protocol/message";
import { EventSourceService } from "./queues/mappings/event-source-service";
import { QueueService } from "./queues/queue-service";
import { SchedulerService } from "./scheduler/scheduler-service";
import { StsService } from "./sts/sts-service";
import { TaskService } from "./tasks/task-service";

/** Everything that runs beneath a program: one of each, wired together. */
export interface Services {
  readonly account: Account;
  readonly activity: Activity;
  readonly clock: Clock;
  readonly engineEvents: EngineEvents;
  readonly identity: Identity;
  readonly objects: ObjectStore;
  readonly functions: FunctionService;
  readonly events: EventService;
  readonly logs: LogService;
  readonly queues: QueueService;
  readonly eventSources: EventSourceService;
  readonly tasks: TaskService;
  readonly scheduler: SchedulerService;
  readonly httpApis: HttpApiService;
  readonly endpoint: Endpoint;
  /** How each function's events are tried again: a resource of its own, that may come before or after the function. */
  readonly functionRetries: Map<string, Pick<FunctionDefinition, "retries" | "maximumEventAge" | "onFailureArn">>;
  /** Attributes of queues that are resources of their own, by the queue's name: they may come before or after a change of it. */
  readonly queueSettings: Map<string, Readonly<Record<string, string>>>;
  /** Buckets' names in the program, by their physical names: what people are shown. */
  readonly bucketNames: Map<string, string>;
  /** The stack's data folder. */
  readonly folder: string;
  /** Whom each bucket tells of its objects. */
  readonly bucketNotifications: Map<string, BucketNotifications>;
  /** The program's working directory: where relative paths in it start. */
  readonly projectFolder: string;
}

export interface ServiceOptions {
  /** The stack's data folder. */
  readonly folder: string;
  readonly projectFolder: string;
  readonly database: DatabaseSync;
  readonly clock: Clock;
  readonly engineEvents: EngineEvents;
  /** The endpoint's port, once it listens. */
  readonly port: () => number;
  readonly control?: NonNullable<EndpointOptions["control"]>;
  /** What every ARN names. @defaultValue the account of this machine */
  readonly account?: Account;
}

/** Makes the services; nothing runs yet. */
export function createServices(options: ServiceOptions): Services {
  const { folder, projectFolder, database, engineEvents } = options;
  const account: Account = {
    ...(options.account ?? localAccount),
    get endpoint() {
      return endpointUrl();
    },
    get apiEndpoints() {
      return httpApis.endpoints;
    },
  };
  const activity = new Activity();
  const identity = new Identity(database, account);
  const credentialsFor = (roleArn: string) => identity.credentialsFor(roleArn);
  const endpointUrl = (): string => `http://127.0.0.1:${options.port()}`;
  const onFault = (error: unknown): void => {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    engineEvents.emit({ type: "notice", level: "error", message: `internal error in the engine: ${message}` });
  };
  const clock = guardedClock(options.clock, onFault);
  const shared = { database, clock, activity, events: engineEvents, account, authorize: requireCaller };
  const queues = new QueueService({ ...shared, onFault });
  const logs = new LogService({ folder, clock, account, authorize: requireCaller, events: engineEvents });
  const functions = new FunctionService({
    ...shared,
    folder: path.join(folder, "functions"),
    logs,
    deadLetters: queues,
    credentialsFor,
    endpointUrl,
    projectFolder,
    modulesFolders: [...modulesAbove(projectFolder), sdkFolder()],
  });
  const events: EventService = new EventService({
    ...shared,
    deadLetters: queues,
    async deliver(targetArn, body, source) {
      const service = targetArn.split(":")[2];
      if (service === "lambda") {
        await functions.invokeAsync(targetArn, Buffer.from(body), { sourceArn: source.ruleArn });
      } else if (service === "sqs") {
        await queues.sendMessage(targetArn, body);
      } else if (service === "events" && events.busNamed(targetArn) !== undefined) {
        await events.publish(JSON.parse(body) as EventBridgeEvent, events.busNamed(targetArn));
      } else throw new AwsError("UnsupportedTarget", `events to ${targetArn} are not delivered on this machine`);
    },
  });
  const eventSources = new EventSourceService({ ...shared, queues, functions, onFault });
  const bucketNames = new Map<string, string>();
  const bucketNotifications = new Map<string, BucketNotifications>();
  const objects = new ObjectStore({
    folder,
    database,
    clock,
    account,
    onFault,
    onLeftOut(bucket, file, reason) {
      const message = `${bucketNames.get(bucket) ?? bucket}: ${file} becomes no object, since ${reason}`;
      engineEvents.emit({ type: "notice", level: "warning", message });
    },
    async deliver(event) {
      engineEvents.emit(
        objectEvent.forPeople(event, bucketNames.get(event.bucket), objects.pathOf(event.bucket, event.key)),
      );
      await activity.during(async () => {
        const { eventBridge = false, targets = [] } = bucketNotifications.get(event.bucket) ?? {};
        if (eventBridge) await events.publish(objectEvent.forEventBridge(event, account));
        for (const notification of targets) {
          if (!isNotified(notification, event)) continue;
          const { targetArn } = notification;
          const body = JSON.stringify(notificationOf(event, account));
          if (targetArn.split(":")[2] === "sqs") await queues.sendMessage(targetArn, body);
          else
            await functions.invokeAsync(targetArn, Buffer.from(body), { sourceArn: arn(account, "s3", event.bucket) });
        }
      });
    },
  });
  const tasks = new TaskService({
    ...shared,
    folder: path.join(folder, "tasks"),
    logs,
    credentialsFor,
    endpointUrl,
    projectFolder,
    publish: async (event) => {
      await events.publish(event);
    },
  });
  const scheduler = new SchedulerService({ ...shared, tasks });
  const httpApis: HttpApiService = new HttpApiService({ ...shared, identity, functions, logs, onFault });
  const endpoint = new Endpoint({
    services: [
      new S3Service({ store: objects, authorize: requireCaller, identity }),
      functions,
      events,
      logs,
      tasks,
      scheduler,
      queues,
      new StsService(account, requireCaller),
    ],
    identity,
    // Whoever signs goes by the machine's clock, also where a test holds the engine's still.
    clock: systemClock,
    ...(options.control === undefined ? {} : { control: options.control }),
    onFault,
  });
  return {
    account,
    activity,
    clock,
    engineEvents,
    identity,
    objects,
    functions,
    events,
    logs,
    queues,
    eventSources,
    tasks,
    scheduler,
    httpApis,
    endpoint,
    functionRetries: new Map(),
    queueSettings: new Map(),
    bucketNames,
    folder,
    bucketNotifications,
    projectFolder,
  };
}

/** The node_modules folders in which a program's packages are found. */
function modulesAbove(folder: string): string[] {
  const modules = path.join(folder, "node_modules");
  const above = path.dirname(folder);
  return [...(fs.existsSync(modules) ? [modules] : []), ...(above === folder ? [] : modulesAbove(above))];
}

/** A node_modules folder with the AWS SDK, for functions: Lambda's own runtime brings one. */
function sdkFolder(): string {
  let folder = path.dirname(require.resolve("@aws-sdk/client-s3/package.json"));
  while (path.basename(folder) !== "node_modules") folder = path.dirname(folder);
  return fs.realpathSync(folder);
}

import { arn } from "../services/account";
import { taskNameOf } from "../graph/names";
import type { Properties, RecordedResource, Registration } from "../graph/resource";
import type { Services } from "../services/services";
import { named, settingOf, type Twin } from "./twin";
import { text } from "../graph/values";

/** A cluster: the name under which tasks run. */
export const ecsCluster: Twin = {
  type: "aws:ecs/cluster:Cluster",
  inputs: { name: true, configuration: true, serviceConnectDefaults: true, settings: true, tags: true },
  identify(resource, account) {
    const { arn: clusterArn, outputs } = named(resource, account, "ecs", "cluster/");
    return { id: clusterArn, outputs };
  },
  create({ id, outputs }, { tasks }) {
    tasks.defineCluster(text(outputs, "name"), id);
  },
  delete({ id }, { tasks }) {
    tasks.removeCluster(id);
  },
};

export const ecsClusterCapacityProviders: Twin = settingOf(
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
  "clusterName",
  { capacityProviders: true, defaultCapacityProviderStrategies: true },
);

/** A task definition: a container, or a process where there is no Docker engine. */
export const ecsTaskDefinition: Twin = {
  type: "aws:ecs/taskDefinition:TaskDefinition",
  inputs: {
    containerDefinitions: true,
    cpu: true,
    ephemeralStorage: { sizeInGib: true },
    executionRoleArn: true,
    family: true,
    memory: true,
    networkMode: true,
    placementConstraints: true,
    requiresCompatibilities: true,
    runtimePlatform: { cpuArchitecture: true, operatingSystemFamily: true },
    skipDestroy: true,
    tags: true,
    taskRoleArn: true,
    trackLatest: true,
  },
  identify(resource, account) {
    const family = familyOf(resource);
    const definitionArn = arn(account, "ecs", `task-definition/${family}:1`);
    return {
      id: family,
      outputs: { arn: definitionArn, arnWithoutRevision: definitionArn.replace(/:1$/, ""), revision: 1 },
    };
  },
  create: define,
  update: (resource, _old, services) => define(resource, services),
  delete({ outputs }, { tasks }) {
    tasks.removeTask(text(outputs, "arn"));
  },
};

function define(resource: RecordedResource, { tasks }: Services): void {
  const { inputs, outputs } = resource;
  tasks.defineTask({
    arn: text(outputs, "arn"),
    family: familyOf(resource),
    displayName: taskNameOf({ parent: resource.parent, id: familyOf(resource) }),
    containerDefinitions: JSON.parse(text(inputs, "containerDefinitions") || "[]") as Properties[],
    cpu: text(inputs, "cpu"),
    memory: text(inputs, "memory"),
    taskRoleArn: text(inputs, "taskRoleArn"),
    executionRoleArn: text(inputs, "executionRoleArn"),
  });
}

function familyOf({ inputs, name }: Registration): string {
  return text(inputs, "family") || name;
}

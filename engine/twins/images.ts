import { createHash } from "node:crypto";
import * as path from "node:path";
import type { RecordedResource } from "../graph/resource";
import type { Services } from "../services/services";
import { named, settingOf, type Twin } from "./twin";
import { list, object, text, texts } from "../graph/values";

/** A repository of images. Here images stay with the Docker engine, so it is only a name. */
export const ecrRepository: Twin = {
  type: "aws:ecr/repository:Repository",
  inputs: {
    name: true,
    encryptionConfigurations: true,
    forceDelete: true,
    imageScanningConfiguration: true,
    imageTagMutability: true,
    imageTagMutabilityExclusionFilters: true,
    tags: true,
  },
  identify(resource, account) {
    const { id, outputs } = named(resource, account, "ecr", "repository/");
    const repositoryUrl = `${account.id}.dkr.ecr.${account.region}.amazonaws.com/${id}`;
    return { id, outputs: { ...outputs, repositoryUrl, registryId: account.id } };
  },
};

export const ecrLifecyclePolicy: Twin = settingOf("aws:ecr/lifecyclePolicy:LifecyclePolicy", "repository", {
  policy: true,
});

/**
 * An image that is built from a Dockerfile. Its reference stands for how it is built, not for what comes of it: the
 * build itself waits until the image is used.
 */
export const dockerImage: Twin = {
  type: "docker-build:index:Image",
  inputs: {
    buildArgs: true,
    buildOnPreview: true,
    cacheFrom: true,
    cacheTo: true,
    context: { location: true },
    dockerfile: { location: true },
    exec: true,
    ignoreSecretsInDiffCalculation: true,
    labels: true,
    load: true,
    // The SDK always names the default one.
    network: true,
    platforms: true,
    push: true,
    registries: true,
    secrets: true,
    tags: true,
    target: true,
  },
  identify(resource) {
    const digest = `sha256:${createHash("sha256")
      .update(JSON.stringify([resource.urn, resource.inputs]))
      .digest("hex")}`;
    const tag = String(list(resource.inputs, "tags")[0] ?? resource.name);
    return { id: resource.name, outputs: { ref: `${tag}@${digest}`, digest, contextHash: digest } };
  },
  create: define,
  update(resource, old, services) {
    services.tasks.removeImage(text(old.outputs, "ref"));
    define(resource, services);
  },
  delete({ outputs }, { tasks }) {
    tasks.removeImage(text(outputs, "ref"));
  },
};

function define({ inputs, outputs }: RecordedResource, { tasks, projectFolder }: Services): void {
  const context = path.resolve(projectFolder, text(object(inputs, "context"), "location"));
  const dockerfile = text(object(inputs, "dockerfile"), "location");
  const target = text(inputs, "target");
  const platform = list(inputs, "platforms")[0];
  tasks.defineImage(text(outputs, "ref"), {
    context,
    dockerfile: dockerfile === "" ? path.join(context, "Dockerfile") : path.resolve(projectFolder, dockerfile),
    args: texts(inputs, "buildArgs"),
    secrets: texts(inputs, "secrets"),
    ...(target === "" ? {} : { target }),
    ...(typeof platform === "string" ? { platform } : {}),
  });
}

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { partitionOf } from "../shared/arn";
import { transformed } from "../shared/transform";
import type { TaskArgs, TaskBuild } from "./task.args";

/** Images kept besides the one in use. */
const keptImages = 10;

/** Builds an image into a repository of the task's own, and gives its reference by digest. */
export function createImage(
  name: string,
  { transform }: TaskArgs,
  build: string | TaskBuild,
  architecture: pulumi.Output<"arm64" | "x64">,
  parent: pulumi.Resource,
  asked: pulumi.InvokeOutputOptions,
): { image: pulumi.Output<string>; repositoryArn: pulumi.Output<string> } {
  const { context, dockerfile, target, args, secrets, platform } =
    typeof build === "string" ? ({ context: build } as TaskBuild) : build;
  const repository = new aws.ecr.Repository(
    // ECR takes lower-case names only, and Pulumi makes the name from this one.
    `${name.toLowerCase()}-repository`,
    transformed(transform, "repository", {
      // What is in it is built from the program, and would keep the stack from being destroyed.
      forceDelete: true,
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfigurations: [{ encryptionType: "AES256" }],
    }),
    { parent },
  );
  new aws.ecr.LifecyclePolicy(
    `${name}-lifecycle`,
    transformed(transform, "lifecycle", {
      repository: repository.name,
      policy: JSON.stringify({
        rules: [
          {
            rulePriority: 1,
            description: `keep the last ${keptImages} images`,
            selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: keptImages },
            action: { type: "expire" },
          },
        ],
      }),
    }),
    { parent },
  );
  const login = aws.ecr.getAuthorizationTokenOutput({ registryId: repository.registryId }, asked);
  // Loaded when used, like every provider that most programs do without.
  const dockerBuild = require("@pulumi/docker-build") as typeof import("@pulumi/docker-build");
  const image = new dockerBuild.Image(
    `${name}-image`,
    transformed(transform, "image", {
      context: { location: context },
      ...(dockerfile === undefined ? {} : { dockerfile: { location: dockerfile } }),
      ...(target === undefined ? {} : { target }),
      ...(args === undefined ? {} : { buildArgs: args }),
      ...(secrets === undefined ? {} : { secrets }),
      platforms: [platform ?? architecture.apply((known) => (known === "x64" ? "linux/amd64" : "linux/arm64"))],
      tags: [pulumi.interpolate`${repository.repositoryUrl}:latest`],
      push: true,
      // A preview needs no Docker; what can be checked without a build was checked at construction.
      buildOnPreview: false,
      registries: [{ address: login.proxyEndpoint, username: login.userName, password: pulumi.secret(login.password) }],
    }),
    { parent },
  );
  return { image: image.ref, repositoryArn: repository.arn };
}

/** An existing image by its digest, so that a moved tag is a visible change. */
export function pinnedImage(image: pulumi.Input<string>, asked: pulumi.InvokeOutputOptions): pulumi.Output<string> {
  return pulumi.output(image).apply((reference) => {
    if (reference.includes("@")) return pulumi.output(reference);
    const docker = require("@pulumi/docker") as typeof import("@pulumi/docker");
    const { sha256Digest } = docker.getRegistryImageOutput({ name: reference }, asked);
    return pulumi.interpolate`${withoutTag(reference)}@${sha256Digest}`;
  });
}

/** The ARN of the ECR repository that an existing image is in; undefined for an image from elsewhere. */
export function privateRepository(image: pulumi.Input<string>): pulumi.Output<string | undefined> {
  return pulumi.output(image).apply((reference) => {
    const [, account, region = "", name] =
      /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)/.exec(reference) ?? [];
    return name === undefined ? undefined : `arn:${partitionOf(region)}:ecr:${region}:${account}:repository/${name}`;
  });
}

/** `registry:5000/name:tag` without `:tag`. */
function withoutTag(reference: string): string {
  const colon = reference.lastIndexOf(":");
  return colon > reference.lastIndexOf("/") ? reference.slice(0, colon) : reference;
}

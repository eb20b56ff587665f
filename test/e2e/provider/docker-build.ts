import * as path from "node:path";
import type { Properties } from "../../../engine/graph/resource";
import { BuildContexts } from "../../../engine/services/tasks/images/build-context";
import { wireChanges, type WireChange, type WireProperties } from "./properties";

export const imageType = "docker-build:index:Image";

const contexts = new BuildContexts();

/** As docker-build compares: a password that is another each time is no change, another file of the folder is. */
export function imageChanges(
  olds: WireProperties,
  oldInputs: WireProperties,
  news: WireProperties,
  contextHash: string,
): WireChange[] {
  const withoutPasswords = (inputs: WireProperties): WireProperties =>
    JSON.parse(
      JSON.stringify(inputs, (name, value: unknown) => (name === "password" ? undefined : value)),
    ) as WireProperties;
  return [
    ...wireChanges(withoutPasswords(oldInputs), withoutPasswords(news)),
    ...wireChanges({ contextHash: olds["contextHash"] ?? "" }, { contextHash }),
  ];
}

/** Where an image's context and Dockerfile are. @param folder where relative paths start: the plugin's own */
export function placesOf(inputs: Properties, folder: string) {
  const locationOf = (input: string): string | undefined =>
    (inputs[input] as { location?: string } | undefined)?.location;
  const context = path.resolve(folder, locationOf("context") ?? ".");
  const dockerfile = path.resolve(folder, locationOf("dockerfile") ?? path.join(context, "Dockerfile"));
  return { context: { location: context }, dockerfile: { location: dockerfile } };
}

/** The hash of all that is in an image's context, with the Dockerfile. */
export async function contextHash(inputs: Properties, folder: string): Promise<string> {
  const { context, dockerfile } = placesOf(inputs, folder);
  const build = { context: context.location, dockerfile: dockerfile.location, args: {}, secrets: {} };
  return (await contexts.read(build)).hash;
}

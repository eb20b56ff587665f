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

/** @param folder where relative paths start */
export async function contextHash(inputs: Properties, folder: string): Promise<string> {
  const location = (inputs["context"] as { location?: string } | undefined)?.location ?? ".";
  const context = path.resolve(folder, location);
  const given = (inputs["dockerfile"] as { location?: string } | undefined)?.location;
  const dockerfile = given === undefined ? path.join(context, "Dockerfile") : path.resolve(folder, given);
  return (await contexts.read({ context, dockerfile, args: {}, secrets: {} })).hash;
}

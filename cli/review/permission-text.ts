import { sentence, type Permission } from "../../engine/graph/permissions";
import { bold, dim, red } from "../colours";
import type { PreviewPermissions } from "./preview";

/** What a handler may do, a line for each thing that it reaches: `onNewVideo may ecs:RunTask on ffmpeg`. */
export function permissionLines({ name, permissions }: PreviewPermissions): string[] {
  if (permissions.length === 0) return [`${bold(name)} ${dim("may nothing but write its logs")}`];
  return grouped(permissions).map(
    (permission) => `${bold(name)} ${permission.effect === "deny" ? red("may not") : "may"} ${sentence(permission)}`,
  );
}

/** Permissions for the same thing under the same condition, with their actions in one line. */
export function grouped(permissions: readonly Permission[]): Permission[] {
  const groups = new Map<string, Permission>();
  for (const permission of permissions) {
    const key = JSON.stringify([permission.effect, permission.resource, permission.condition]);
    const earlier = groups.get(key);
    groups.set(
      key,
      earlier === undefined ? permission : { ...earlier, action: `${earlier.action}, ${permission.action}` },
    );
  }
  return [...groups.values()];
}

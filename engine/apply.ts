import type { GraphDiff } from "./graph/diff";
import type { RecordedResource } from "./graph/resource";
import type { Services } from "./services/services";
import { twinOf, unknownInputs } from "./twins";

/** Whether nothing on this machine stands for a resource. */
export function isInert({ custom, remote, type }: RecordedResource): boolean {
  return (custom || remote) && twinOf(type) === undefined && !type.startsWith("pulumi:");
}

/** Brings what runs from one recording to the next, and tells of each resource. */
export async function applyDiff(diff: GraphDiff, services: Services): Promise<void> {
  const { engineEvents, clock } = services;
  const step = async (
    resource: RecordedResource,
    doing: "creating" | "updating",
    done: "created" | "updated" | "deleted",
    work: (() => Promise<void> | void) | undefined,
  ): Promise<void> => {
    const { urn, type, name, parent, custom } = resource;
    const shown = {
      type: "resource" as const,
      urn,
      resourceType: type,
      component: !custom,
      name,
      ...(parent === undefined ? {} : { parent }),
    };
    const started = clock.now();
    if (done !== "deleted") {
      engineEvents.emit({ ...shown, status: doing });
      const unknown = unknownInputs(resource);
      const message = `${name}: ${unknown.join(", ")} of ${type} ${unknown.length === 1 ? "has" : "have"} no effect here`;
      if (unknown.length > 0) engineEvents.emit({ type: "notice", level: "warning", message });
    }
    await work?.();
    const status = isInert(resource) && done !== "deleted" ? "inert" : done;
    engineEvents.emit({ ...shown, status, milliseconds: clock.now() - started });
  };
  for (const resource of diff.deleted) {
    const twin = twinOf(resource.type);
    await step(resource, "updating", "deleted", () => twin?.delete?.(resource, services));
  }
  for (const resource of diff.created) {
    const twin = twinOf(resource.type);
    await step(resource, "creating", "created", () => twin?.create?.(resource, services));
  }
  for (const { from, to } of diff.updated) {
    const twin = twinOf(to.type);
    await step(to, "updating", "updated", async () => {
      if (twin?.update !== undefined) return twin.update(to, from, services);
      await twin?.delete?.(from, services);
      await twin?.create?.(to, services);
    });
  }
}

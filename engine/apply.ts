import { EngineError } from "./errors";
import type { GraphDiff } from "./graph/diff";
import type { RecordedResource } from "./graph/resource";
import { AwsError } from "./services/protocol/message";
import type { Services } from "./services/services";
import { twinOf, unknownInputs } from "./twins";
import { isUtility } from "./utilities";

/** Whether nothing on this machine stands for a resource. */
export function isInert({ custom, remote, type }: RecordedResource): boolean {
  return (custom || remote) && twinOf(type) === undefined && !isUtility(type) && !type.startsWith("pulumi:");
}

/** Brings what runs from one recording to the next, and tells of each resource. */
export class Changes {
  /** What did not come up, and why, by URN. */
  public readonly failures = new Map<string, EngineError>();

  public constructor(private readonly services: Services) {}

  /** Carries out a difference. A resource that fails leaves all others as they are: it is kept in `failures`. */
  public async apply(diff: GraphDiff): Promise<void> {
    const { services } = this;
    this.failures.clear();
    for (const resource of diff.deleted) {
      const twin = twinOf(resource.type);
      await this.step(resource, "updating", "deleted", () => twin?.delete?.(resource, services));
    }
    for (const resource of diff.created) {
      const twin = twinOf(resource.type);
      await this.step(resource, "creating", "created", () => twin?.create?.(resource, services));
    }
    for (const { from, to } of diff.updated) {
      const twin = twinOf(to.type);
      await this.step(to, "updating", "updated", async () => {
        if (twin?.update !== undefined) return twin.update(to, from, services);
        await twin?.delete?.(from, services);
        await twin?.create?.(to, services);
      });
    }
  }

  private async step(
    resource: RecordedResource,
    doing: "creating" | "updating",
    done: "created" | "updated" | "deleted",
    work: () => Promise<void> | void,
  ): Promise<void> {
    const { engineEvents, clock } = this.services;
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
    try {
      await work();
      const status = isInert(resource) && done !== "deleted" ? "inert" : done;
      engineEvents.emit({ ...shown, status, milliseconds: clock.now() - started });
    } catch (error) {
      const failure = failureOf(resource, error);
      this.failures.set(urn, failure);
      engineEvents.emit({ ...shown, status: "failed", error: failure.message, milliseconds: clock.now() - started });
    }
  }
}

/** The error of a resource, with its name: whoever reads it has the whole program before them. */
function failureOf({ name, type }: RecordedResource, error: unknown): EngineError {
  const which = `${name} (${type})`;
  if (error instanceof EngineError) {
    return new EngineError(error.code, `${which} does not come up: ${error.summary}`, error.fix, error.got);
  }
  const message = error instanceof Error ? error.message : String(error);
  const [code, fix] =
    error instanceof AwsError
      ? [error.code, "correct the resource: AWS would refuse it in the same way"]
      : [(error as NodeJS.ErrnoException | undefined)?.code, "correct what the message names"];
  return new EngineError(
    "ERR_RESOURCE_FAILED",
    `${which} does not come up; the rest of the program does`,
    `${fix}, and save the file: it is tried again`,
    code === undefined || message.includes(code) ? message : `${code}: ${message}`,
  );
}

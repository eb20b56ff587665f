import type { RecordedNode } from "./recorded-app";

type Event = Readonly<Record<string, unknown>>;

/**
 * Fills in what a test leaves out of an event, as it would be in the first event of its kind: a message that is received
 * for the first time, an object that was put just now. Other events stay as they are.
 * @param fn the component of the handler's function
 */
export function completeEvent(fn: RecordedNode, event: unknown): unknown {
  const subscription = fn.parent?.type === "tandem:index:Subscription" ? fn.parent : undefined;
  const source = subscription?.parent;
  switch (source?.type) {
    case "tandem:index:Bucket":
      return { type: listensTo(fn), bucket: source.outputs["id"], time: new Date(), ...asObject(fn, event, "key") };
    case "tandem:index:Queue":
      // Whoever takes whole batches is given one.
      return Array.isArray(event)
        ? event.map((message, index) => completeMessage(asObject(fn, message, "body"), index))
        : completeMessage(asObject(fn, event, "body"), 0);
    case "tandem:index:Task":
      return {
        id: "0".repeat(32),
        exitCode: 0,
        reason: "",
        startedAt: new Date(),
        stoppedAt: new Date(),
        ...asObject(fn, event ?? {}, "exitCode"),
      };
    default:
      return event;
  }
}

function completeMessage(message: Event, index: number): Event {
  return { id: `message-${index + 1}`, attributes: {}, receiveCount: 1, sentAt: new Date(), ...message };
}

function listensTo(fn: RecordedNode): "put" | "delete" {
  const rule = fn.parent?.child("aws:cloudwatch/eventRule:EventRule").inputs.eventPattern ?? "";
  return rule.includes("Object Deleted") ? "delete" : "put";
}

function asObject(fn: RecordedNode, event: unknown, property: string): Event {
  if (typeof event === "object" && event !== null) return event as Event;
  throw new TypeError(
    `the event of ${fn.name} is an object, like { ${property}: … }, and not ${JSON.stringify(event)}`,
  );
}

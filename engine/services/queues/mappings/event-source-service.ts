import { EventSourceMapping, type MappingSurroundings } from "./event-source-mapping";
import { checkMapping, type MappingDefinition } from "./mapping-definition";

interface Kept {
  definition: MappingDefinition;
  readonly mapping: EventSourceMapping;
}

/** Lambda's event source mappings: which function gets which queue's messages. */
export class EventSourceService {
  private readonly mappings = new Map<string, Kept>();
  private readonly stopping = new Set<Promise<void>>();
  private running = false;

  public constructor(private readonly surroundings: MappingSurroundings) {}

  /** Creates a mapping or changes it. Nothing is lost: what it has received comes to its end. */
  public define(definition: MappingDefinition): void {
    checkMapping(definition);
    const existing = this.mappings.get(definition.id);
    if (existing === undefined) {
      this.mappings.set(definition.id, { definition, mapping: new EventSourceMapping(definition, this.surroundings) });
    } else {
      existing.mapping.change(definition);
      existing.definition = definition;
    }
    this.listen();
  }

  public remove(id: string): void {
    const kept = this.mappings.get(id);
    if (kept === undefined) return;
    this.mappings.delete(id);
    const stopping = kept.mapping.stop().finally(() => this.stopping.delete(stopping));
    this.stopping.add(stopping);
    this.listen();
  }

  /** All mappings, in the order in which they were made. */
  public list(): readonly MappingDefinition[] {
    return [...this.mappings.values()].map(({ definition }) => definition);
  }

  /** Begins to hand messages over; functions and queues are there. */
  public start(): void {
    this.running = true;
    this.listen();
  }

  /** Receives nothing any more, and resolves when all that runs has ended: functions are to be closed at the same time. */
  public async close(): Promise<void> {
    this.running = false;
    const stopping = [...this.mappings.values()].map(({ mapping }) => mapping.stop());
    this.mappings.clear();
    await Promise.all([...stopping, ...this.stopping]);
  }

  private listen(): void {
    if (!this.running) return;
    const byQueue = new Map<string, EventSourceMapping[]>();
    for (const { definition, mapping } of this.mappings.values()) {
      const others = byQueue.get(definition.queueArn);
      if (others === undefined) byQueue.set(definition.queueArn, [mapping]);
      else others.push(mapping);
    }
    this.surroundings.queues.listen((queueArn) => {
      for (const mapping of byQueue.get(queueArn) ?? []) mapping.pump();
    }, new Set(byQueue.keys()));
    for (const { mapping } of this.mappings.values()) mapping.pump();
  }
}

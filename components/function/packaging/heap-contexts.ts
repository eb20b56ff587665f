import { setImmediate } from "node:timers";
import { heapSnapshot, objectOfHeap, type ProgramFunction } from "./inspector";

/** The heap's view of the variables around a function. */
export interface HeapContexts {
  /** What identifies the scopes around it, the innermost first: functions with the same one share its variables. */
  readonly scopes: readonly number[];
  /** The `this` around an arrow function; undefined where it uses none. */
  readonly receiver: { readonly value: unknown } | undefined;
}

const known = new WeakMap<ProgramFunction, HeapContexts>();
let asked = new Set<ProgramFunction>();
let answer: Promise<void> | undefined;

export function heapContextsOf(fn: ProgramFunction): HeapContexts | undefined {
  return known.get(fn);
}

/**
 * Looks functions up in a snapshot of the heap, which takes most of a second: it answers all who ask at the same time.
 * Only the heap tells whether two functions share a variable that changes, and what an arrow function's `this` is.
 */
export function readHeapContexts(functions: Iterable<ProgramFunction>): Promise<void> {
  for (const fn of functions) if (!known.has(fn)) asked.add(fn);
  answer ??= new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
    const all = [...asked];
    asked = new Set();
    answer = undefined;
    await readAll(all);
  });
  return answer;
}

/** Holds the functions in the snapshot, where it is found by its name. */
class TandemHeapProbe {
  public constructor(functions: readonly ProgramFunction[]) {
    functions.forEach((fn, index) => Object.assign(this, { [`fn${index}`]: fn }));
  }
}

async function readAll(functions: readonly ProgramFunction[]): Promise<void> {
  const probe = new TandemHeapProbe(functions);
  const heap = new Heap(await heapSnapshot(probe));
  for (const [index, fn] of functions.entries()) {
    const node = heap.probed(`fn${index}`);
    const scopes: number[] = [];
    let receiver: HeapContexts["receiver"];
    for (let at = node && heap.edge(node, "context"); at !== undefined; at = heap.edge(at, "previous")) {
      scopes.push(heap.idOf(at));
      const holder = heap.edge(at, "this");
      if (holder !== undefined) receiver ??= { value: objectOfHeap(heap.idOf(holder)) };
    }
    known.set(fn, { scopes, receiver });
  }
}

interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly node_types: readonly [readonly string[], ...unknown[]];
      readonly edge_fields: readonly string[];
      readonly edge_types: readonly [readonly string[], ...unknown[]];
    };
  };
  readonly nodes: readonly number[];
  readonly edges: readonly number[];
  readonly strings: readonly string[];
}

/** A snapshot of the heap, in V8's format. */
class Heap {
  private readonly nodeSize: number;
  private readonly edgeSize: number;
  /** Where the edges of each node start. */
  private readonly starts: Uint32Array;
  private readonly probe: number;

  public constructor(private readonly heap: Snapshot) {
    const { node_fields: nodeFields, edge_fields: edgeFields } = heap.snapshot.meta;
    this.nodeSize = nodeFields.length;
    this.edgeSize = edgeFields.length;
    const count = heap.nodes.length / this.nodeSize;
    const edges = nodeFields.indexOf("edge_count");
    this.starts = new Uint32Array(count + 1);
    for (let node = 0; node < count; node++) {
      this.starts[node + 1] = (this.starts[node] ?? 0) + (heap.nodes[node * this.nodeSize + edges] ?? 0);
    }
    this.probe = this.findProbe(count);
  }

  public probed(name: string): number | undefined {
    return this.edge(this.probe, name);
  }

  public idOf(node: number): number {
    return this.heap.nodes[node * this.nodeSize + this.heap.snapshot.meta.node_fields.indexOf("id")] ?? 0;
  }

  /** Where an edge of a name leads to. */
  public edge(from: number, name: string): number | undefined {
    const { edges, strings, snapshot } = this.heap;
    const [kinds] = snapshot.meta.edge_types;
    for (let edge = this.starts[from] ?? 0; edge < (this.starts[from + 1] ?? 0); edge++) {
      const [kind, label, to] = edges.slice(edge * this.edgeSize, edge * this.edgeSize + 3);
      const isNumbered = /^(element|hidden)$/.test(kinds[kind ?? 0] ?? "");
      if (!isNumbered && strings[label ?? 0] === name) return (to ?? 0) / this.nodeSize;
    }
    return undefined;
  }

  private findProbe(count: number): number {
    const { nodes, strings, snapshot } = this.heap;
    const { node_fields: fields, node_types: types } = snapshot.meta;
    const label = strings.indexOf(TandemHeapProbe.name);
    const isObject = types[0].indexOf("object");
    for (let node = count - 1; node >= 0; node--) {
      const at = node * this.nodeSize;
      const isProbe = nodes[at + fields.indexOf("name")] === label && nodes[at + fields.indexOf("type")] === isObject;
      if (isProbe && this.edge(node, "fn0") !== undefined) return node;
    }
    return 0;
  }
}

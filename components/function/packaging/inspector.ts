import inspector, { Session } from "node:inspector";
import * as path from "node:path";
import { fileURLToPath } from "node:url";

/** A function of the program. */
export type ProgramFunction = (...args: never[]) => unknown;

/** A script that V8 has compiled. */
export interface Script {
  /** The file's path; for ES modules too. */
  readonly file: string;
  readonly isModule: boolean;
  /** The text that runs. */
  readonly text: string;
}

/** What V8 knows of a function. Lines and columns count from 0. */
export interface InspectedFunction {
  readonly script: Script;
  readonly line: number;
  readonly column: number;
  /** The scopes around the function, the innermost first. */
  readonly scopes: readonly Scope[];
}

/** What `fn.bind(…)` was called with. */
export interface BoundFunction {
  readonly target: ProgramFunction;
  readonly boundThis: unknown;
  readonly boundArgs: readonly unknown[];
}

interface RemoteValue {
  readonly type: string;
  readonly value?: unknown;
  readonly unserializableValue?: string;
  readonly objectId?: string;
}

interface RemoteProperty {
  readonly name: string;
  readonly value?: RemoteValue;
}

/** The variables of one scope that functions in it use. */
export class Scope {
  private readonly properties: ReadonlyMap<string, RemoteProperty>;

  public constructor(properties: readonly RemoteProperty[]) {
    this.properties = new Map(properties.map((property) => [property.name, property]));
  }

  public names(): Iterable<string> {
    return this.properties.keys();
  }

  /** Whether the scope has the variable, with a value: one whose declaration has not been run yet has none. */
  public has(name: string): boolean {
    return this.properties.get(name)?.value !== undefined;
  }

  public value(name: string): unknown {
    const remote = this.properties.get(name)?.value;
    return remote === undefined ? undefined : localValue(remote);
  }
}

// The inspector of the same thread answers at once: each call below is synchronous.
// https://nodejs.org/api/inspector.html#sessionpostmethod-params-callback
let session: Session | undefined;
const scripts = new Map<string, Script>();
const slot = Symbol.for("tandem.inspected");
// Not `globalThis`: a test runner such as jest evaluates this in a context of its own, while the inspector evaluates in that
// of the process. Modules of Node are the same in both.
const shared = inspector as unknown as Record<symbol, unknown>;
const sharedSlot = `process.getBuiltinModule("node:inspector")[Symbol.for("tandem.inspected")]`;

function post<Answer>(method: string, params: object = {}): Answer {
  let answer: unknown;
  let failure: Error | null = null;
  connected().post(method, params, (error: Error | null, result?: object) => {
    failure = error;
    answer = result;
  });
  if (failure !== null) throw failure as Error;
  return answer as Answer;
}

function connected(): Session {
  if (session !== undefined) return session;
  session = new Session();
  session.connect();
  session.on("Debugger.scriptParsed", ({ params: { scriptId, url, isModule = false } }) => {
    if (url === "") return;
    let text: string | undefined;
    scripts.set(scriptId, {
      file: url.startsWith("file:") ? fileURLToPath(url) : url,
      isModule,
      get text() {
        text ??= post<{ scriptSource: string }>("Debugger.getScriptSource", { scriptId }).scriptSource;
        return text;
      },
    });
  });
  session.post("Debugger.enable");
  return session;
}

/** The script of a file that was loaded; the latest, where it was loaded again. */
export function loadedScript(file: string): Script | undefined {
  connected();
  return [...scripts.values()].findLast((script) => script.file === file);
}

/** How many scripts there are: where it is the same, {@link programScripts} is. */
export function scriptCount(): number {
  connected();
  return scripts.size;
}

/** The scripts of the program: those of Node, of packages and of this library are left out. */
export function programScripts(): Script[] {
  connected();
  const latest = new Map([...scripts.values()].map((script) => [script.file, script]));
  return [...latest.values()].filter(
    ({ file }) =>
      path.isAbsolute(file) && !file.includes(packages) && !libraryFolders.some((each) => file.startsWith(each)),
  );
}

const packages = `${path.sep}node_modules${path.sep}`;
const libraryFolders = ["cli", "components", "engine", "testing"].map(
  (folder) => path.resolve(__dirname, "..", "..", "..", folder) + path.sep,
);

/** The value of this process that the inspector refers to. */
function localValue(remote: RemoteValue): unknown {
  if (remote.objectId !== undefined) {
    post("Runtime.callFunctionOn", {
      objectId: remote.objectId,
      functionDeclaration: `function () { "use strict"; ${sharedSlot} = this; }`,
    });
    const value = shared[slot];
    Reflect.deleteProperty(shared, slot);
    return value;
  }
  if (remote.unserializableValue === undefined) return remote.value;
  const text = remote.unserializableValue;
  return text.endsWith("n") ? BigInt(text.slice(0, -1)) : Number(text);
}

interface Properties {
  readonly result: readonly RemoteProperty[];
  readonly internalProperties?: readonly RemoteProperty[];
}

function propertiesOf(objectId: string | undefined): Properties {
  if (objectId === undefined) return { result: [] };
  return post<Properties>("Runtime.getProperties", { objectId, ownProperties: true });
}

function internalsOf(value: unknown): ReadonlyMap<string, RemoteValue> {
  shared[slot] = value;
  const { result } = post<{ result: RemoteValue }>("Runtime.evaluate", {
    expression: sharedSlot,
  });
  Reflect.deleteProperty(shared, slot);
  const { internalProperties = [] } = propertiesOf(result.objectId);
  return new Map(internalProperties.flatMap(({ name, value: of }) => (of === undefined ? [] : [[name, of] as const])));
}

/** What V8 knows of a function; undefined for native and bound functions. */
export function inspectFunction(fn: ProgramFunction): InspectedFunction | undefined {
  const internals = internalsOf(fn);
  const location = internals.get("[[FunctionLocation]]")?.value as
    { scriptId: string; lineNumber: number; columnNumber: number } | undefined;
  const script = location === undefined ? undefined : scripts.get(location.scriptId);
  if (location === undefined || script === undefined) return undefined;
  let scopes: readonly Scope[] | undefined;
  return {
    script,
    line: location.lineNumber,
    column: location.columnNumber,
    get scopes() {
      scopes ??= scopesIn(internals.get("[[Scopes]]"));
      return scopes;
    },
  };
}

function scopesIn(list: RemoteValue | undefined): Scope[] {
  return propertiesOf(list?.objectId).result.flatMap(({ name, value }) => {
    if (!/^\d+$/.test(name) || value?.objectId === undefined) return [];
    const { description = "" } = value as { description?: string };
    // Globals are the same everywhere.
    return description === "Global" ? [] : [new Scope(propertiesOf(value.objectId).result)];
  });
}

/** What a function was bound to; undefined where it is not a bound function. */
export function boundFunction(fn: ProgramFunction): BoundFunction | undefined {
  // A bound function has no `prototype` and native text: everything else is spared the inspector.
  if (!/\{ \[native code\] \}$/.test(Function.prototype.toString.call(fn))) return undefined;
  const internals = internalsOf(fn);
  const target = internals.get("[[TargetFunction]]");
  if (target === undefined) return undefined;
  const [boundThis, boundArgs] = [internals.get("[[BoundThis]]"), internals.get("[[BoundArgs]]")];
  return {
    target: localValue(target) as ProgramFunction,
    boundThis: boundThis === undefined ? undefined : localValue(boundThis),
    boundArgs: boundArgs === undefined ? [] : (localValue(boundArgs) as unknown[]),
  };
}

/** The object with an id of the heap. */
export function objectOfHeap(id: number): unknown {
  const { result } = post<{ result: RemoteValue }>("HeapProfiler.getObjectByHeapObjectId", { objectId: String(id) });
  return localValue(result);
}

/** A snapshot of the heap in V8's format, taken while `kept` is in it. */
export async function heapSnapshot<Snapshot>(kept: object): Promise<Snapshot> {
  const inspector = connected();
  const chunks: string[] = [];
  const collect = ({ params }: { readonly params: { readonly chunk: string } }): void => void chunks.push(params.chunk);
  inspector.on("HeapProfiler.addHeapSnapshotChunk", collect);
  shared[slot] = kept;
  post("HeapProfiler.enable");
  await new Promise<void>((resolve, reject) =>
    inspector.post("HeapProfiler.takeHeapSnapshot", { reportProgress: false }, (error) =>
      error === null ? resolve() : reject(error),
    ),
  );
  Reflect.deleteProperty(shared, slot);
  inspector.off("HeapProfiler.addHeapSnapshotChunk", collect);
  return JSON.parse(chunks.join("")) as Snapshot;
}

/** The value of a resolved promise; undefined for one that is pending or rejected. */
export function resolvedValue(promise: Promise<unknown>): { readonly value: unknown } | undefined {
  const internals = internalsOf(promise);
  const result = internals.get("[[PromiseResult]]");
  if (internals.get("[[PromiseState]]")?.value !== "fulfilled" || result === undefined) return undefined;
  return { value: localValue(result) };
}

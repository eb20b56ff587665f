import type { Program } from "./differential";

/** A feature of Pulumi's function serialization, and what a handler of a component does with it. */
export interface PulumiFeature {
  readonly feature: string;
  /** What Pulumi's own serializer does: as its page says, or as it was seen to do (3.248 to 3.270). */
  readonly pulumi: string;
  readonly program: Program;
  /** The code of the error that refuses the handler; undefined where it works. */
  readonly refused?: string;
  /** What three calls of the package give, where the program itself could not be called. */
  readonly results?: readonly unknown[];
  /** What the user is told, beyond "works". */
  readonly note?: string;
}

const index = (text: string): Program => ({ "index.ts": text });

/** https://www.pulumi.com/docs/iac/concepts/functions/function-serialization/ and what lies around it. */
export const pulumiFeatures: readonly PulumiFeature[] = [
  {
    feature: "functions that call functions, without those that are not called",
    pulumi: "works",
    program: index(
      "const quux=(n:number)=>n*2; function foo(n:number){ return quux(n)+1; } function unused(){ return missing(); } declare function missing():void; export const handler=async(e:number)=>foo(e); void unused;",
    ),
  },
  {
    feature: "captured plain objects and arrays, with their prototypes",
    pulumi: "works",
    program: index(
      "const base={ twice(){ return (this as any).n*2; } }; const o=Object.assign(Object.create(base),{ n:2, list:[{a:1}] }); export const handler=async()=>[o.twice(),o.list,Object.getPrototypeOf(o)===base];",
    ),
  },
  {
    feature: "results of functions that were called while deploying",
    pulumi: "works",
    program: index(
      "function make(){ return { a:1, f:()=>2 }; } const obj=make(); export const handler=async()=>[obj.a,obj.f()];",
    ),
  },
  {
    feature: "a whole resource as a value",
    pulumi: "works",
    refused: "ERR_CAPTURE_RESOURCE",
    note: "its outputs and methods can be used",
    program: index(
      'import * as pulumi from "@pulumi/pulumi"; const thing=new pulumi.ComponentResource("test:index:Thing","thing"); export const handler=async()=>Object.keys(thing);',
    ),
  },
  {
    feature: "an Output's `get()`",
    pulumi: "works",
    program: index(
      'import * as pulumi from "@pulumi/pulumi"; const o=pulumi.output({ a:1 }); export const handler=async()=>o.get().a;',
    ),
    results: [1, 1, 1],
  },
  {
    feature: "an Output's `apply` at run time",
    pulumi: "fails when it is called",
    refused: "ERR_CAPTURE_VALUE",
    program: index(
      'import * as pulumi from "@pulumi/pulumi"; const o=pulumi.output(1); export const handler=async()=>o.apply((n)=>n+1);',
    ),
  },
  {
    feature: "secret Outputs",
    pulumi: "works with `allowSecrets`",
    refused: "ERR_CAPTURE_SECRET",
    program: index(
      'import * as pulumi from "@pulumi/pulumi"; const o=pulumi.secret("s"); export const handler=async()=>o.get();',
    ),
  },
  {
    feature: "native functions of JavaScript",
    pulumi: "fails, by its page",
    program: index(
      "const { stringify }=JSON; const now=Math.max; export const handler=async()=>[stringify({a:1}),now(1,2),[1].map(String)];",
    ),
  },
  {
    feature: "native functions that no module exports",
    pulumi: "fails",
    refused: "ERR_CAPTURE_VALUE",
    program: index(
      'function make(format:(n:number)=>string){ return async()=>format(1); } export const handler=make(new Intl.NumberFormat("en").format);',
    ),
  },
  {
    feature: "changes of captured values, seen by the same call",
    pulumi: "works",
    program: index("const o={ n:1 }; export const handler=async()=>{ o.n=5; return o.n; };"),
  },
  {
    feature: "changes of captured values, seen by later calls in the same process",
    pulumi: "starts anew, by its page",
    program: index("const o={ n:1 }; export const handler=async()=>++o.n;"),
  },
  {
    feature: "objects of which only some properties are used",
    pulumi: "works",
    program: index(
      'const obj={ foo(){ return this.bar(); }, bar(){ return "bar"; }, unused:new WeakMap() }; export const handler=async()=>obj.foo();',
    ),
  },
  {
    feature: "modules of Node.js: namespace import",
    pulumi: "works",
    program: index('import * as path from "path"; export const handler=async()=>path.join("a","b");'),
  },
  {
    feature: "modules of Node.js: default and named imports, destructured",
    pulumi: "fails",
    program: index(
      'import path, { join } from "node:path"; const { extname }=path; export const handler=async()=>[join("a","b"),extname("x.ts")];',
    ),
  },
  {
    feature: "modules of npm",
    pulumi: "works, with all dependencies of package.json",
    note: "only what is used",
    program: index('import * as semver from "semver"; export const handler=async()=>semver.major("3.1.1");'),
  },
  {
    feature: "ES modules",
    pulumi: "partly",
    program: {
      "index.mts": 'import * as path from "node:path"; export const handler=async()=>path.extname("a.ts");',
    },
  },
  {
    feature: "files of the program itself",
    pulumi: "works, as values",
    note: "as source",
    program: {
      "index.ts": 'import { f } from "./lib"; export const handler=async()=>f();',
      "lib.ts": "let n=0; export const f=()=>++n;",
    },
  },
  {
    feature: "`require` and `import()` inside",
    pulumi: "works",
    program: index('export const handler=async()=>[require("node:path").sep,(await import("node:path")).posix.sep];'),
  },
  {
    feature: "a variable that is assigned after it was declared",
    pulumi: "the value when the function is serialized",
    note: "with every assignment at the top of the file",
    program: index("let obj={ a:1, b:2 }; export const handler=async()=>obj; obj={ a:3, b:4 };"),
  },
  {
    feature: "Promises that are resolved",
    pulumi: "works, awaited",
    program: index(
      "const p=Promise.resolve({ a:1 }); function make(q:Promise<{a:number}>){ return async()=>[(await q).a,(await p).a]; } export const handler=make(p);",
    ),
  },
  {
    feature: "Promises that are pending, given to a function",
    pulumi: "awaited",
    refused: "ERR_CAPTURE_VALUE",
    program: index(
      "function make(p:Promise<void>){ return async()=>p; } export const handler=make(new Promise<void>(()=>undefined));",
    ),
  },
  {
    feature: "generators, async generators, `for await`",
    pulumi: "works",
    program: index(
      "async function* s(){ yield 1; yield* [2,3]; } export const handler=async()=>{ const r=[]; for await (const x of s()) r.push(x); return r; };",
    ),
  },
  {
    feature: "classes with `super`, statics and static blocks",
    pulumi: "works",
    program: index(
      'class A{ static n=1; hi(){ return "A"; } } class B extends A{ static t:number; static{ B.t=super.n+1; } override hi(){ return super.hi()+"B"; } } export const handler=async()=>[new B().hi(),B.t];',
    ),
  },
  {
    feature: "public class fields",
    pulumi: "silently dropped",
    program: index("class A{ n=4; f=()=>this.n; } export const handler=async()=>[new A().n,new A().f()];"),
  },
  {
    feature: "`#private` members",
    pulumi: "fails when it is called",
    program: index(
      "class A{ #n=1; next(){ return ++this.#n; } } const a=new A(); export const handler=async()=>a.next();",
    ),
  },
  {
    feature: "an object with `#private` members, given to a function",
    pulumi: "fails when it is called",
    refused: "ERR_CAPTURE_CLASS",
    program: index(
      "class A{ #n=1; next(){ return ++this.#n; } } function make(a:A){ return async()=>a.next(); } export const handler=make(new A());",
    ),
  },
  {
    feature: "Map, Set, Date, Buffer, Symbol, URL, TextEncoder",
    pulumi: "fails when it is called",
    program: index(
      'const m=new Map([["a",1]]), s=new Set([1]), d=new Date(5), b=Buffer.from("hi"), k=Symbol("k"), u=new URL("https://a.b/c"), t=new TextEncoder(); export const handler=async()=>[[...m],[...s],d.getTime(),b.toString(),k.description,u.pathname,t.encode("a").length];',
    ),
  },
  {
    feature: "the same, given to a function",
    pulumi: "fails when it is called",
    program: index(
      'function make(m:Map<string,number>,s:Set<number>,d:Date,b:Buffer,k:symbol,u:URL,t:TextEncoder){ return async()=>[[...m],[...s],d.getTime(),b.toString(),k.description,u.pathname,t.encode("a").length]; } export const handler=make(new Map([["a",1]]),new Set([1]),new Date(5),Buffer.from("hi"),Symbol("k"),new URL("https://a.b/c"),new TextEncoder());',
    ),
  },
  {
    feature: "WeakMap at the top of a file",
    pulumi: "fails when it is called",
    program: index(
      "const key={}; const w=new WeakMap<object,number>([[key,1]]); export const handler=async()=>w.get(key);",
    ),
  },
  {
    feature: "WeakMap, given to a function",
    pulumi: "fails when it is called",
    refused: "ERR_CAPTURE_VALUE",
    program: index(
      "function make(w:WeakMap<object,number>){ return async()=>w.has({}); } export const handler=make(new WeakMap());",
    ),
  },
  {
    feature: "RegExp and BigInt",
    pulumi: "works",
    program: index('const r=/a(b)/g, n=2n**70n; export const handler=async()=>["xab".replace(r,"$1"),String(n)];'),
  },
  {
    feature: "AsyncLocalStorage",
    pulumi: "fails on Node.js 24",
    program: index(
      'import { AsyncLocalStorage } from "node:async_hooks"; const als=new AsyncLocalStorage<number>(); export const handler=async(e:number)=>als.run(e,async()=>als.getStore());',
    ),
  },
  {
    feature: "functions that are bound, also twice",
    pulumi: "fails for two",
    program: index(
      'function who(this:any,a:number,b:number){ return [this.n,a,b]; } const f=who.bind({ n:"x" },1).bind(null,2); export const handler=async()=>(f as any)();',
    ),
  },
  {
    feature: "`this` of an arrow function",
    pulumi: "fails",
    program: index('class S{ k="s"; make(){ return async()=>this.k; } } export const handler=new S().make();'),
  },
  {
    feature: "`import.meta.url`, `dirname` and `filename`",
    pulumi: "fails when it is loaded",
    program: { "index.mts": "export const handler=async()=>typeof import.meta.url;" },
  },
  {
    feature: "other parts of `import.meta`",
    pulumi: "fails when it is loaded",
    refused: "ERR_CAPTURE_IMPORT_META",
    program: { "index.mts": 'export const handler=async()=>import.meta.resolve("./a.js");' },
  },
  {
    feature: "Pulumi's own modules",
    pulumi: "left out of node_modules",
    refused: "ERR_CAPTURE_FAILED",
    program: index('import * as pulumi from "@pulumi/pulumi"; export const handler=async()=>pulumi.getStack();'),
  },
];

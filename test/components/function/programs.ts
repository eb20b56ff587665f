import type { Program } from "./differential";

/** Programs whose handlers must do in their packages what they do where they stand. */
export const programs: Readonly<Record<string, Program>> = {
  "NaN in a helper": {
    "index.ts":
      'const parse=(s:string)=>(s===""?NaN:Number(s)); export const handler=async()=>[Number.isNaN(parse("")),parse("2")];',
  },
  "loop variables that hide captured ones": {
    "index.ts":
      'const item="outer"; const key="k"; const helper=(urls:string[])=>{ for (const item of urls) { if(item==="x") break; } return item; }; export const handler=async()=>{ const r:unknown[]=[]; for (const item of [1]) r.push(item); for (const key in {a:1}) r.push(key); r.push(item,key,helper(["x"])); return r; };',
  },
  "a method that calls a function of its name": {
    "index.ts":
      'const load=(k:string)=>"v:"+k; class Repo { load(k:string){ return load(k); } static make(n:number){ return make(n); } } const make=(n:number)=>n*3; const o={ handler:async(e:unknown)=>handle(e) }; const handle=(e:unknown)=>[new Repo().load("a"),Repo.make(2),e]; export const handler=o.handler;',
  },
  "a default export that is a text or a number": {
    "index.ts":
      'import { hello } from "./text"; import * as five from "./number"; export const handler=async()=>[hello("x"),five.hello("y"),five.default];',
    "text.ts": 'export const hello=(n:string)=>`hello ${n}`; export default "dflt";',
    "number.ts": "export const hello=(n:string)=>`hi ${n}`; export default 5;",
  },
  "a library that assigns a global by mistake": {
    "index.js": 'const { total } = require("./lib"); exports.handler = async () => total();',
    "lib.js": "exports.total = function () { subtotal = 2; return subtotal + 3; };",
  },
  "the whole environment": { "index.ts": 'const { env } = process; export const handler=async()=>typeof env["PATH"];' },
  "a built-in module by require, whose name is a global": {
    "index.js":
      'const crypto = require("crypto"); exports.handler = async () => crypto.createHash("md5").update("a").digest("hex").slice(0, 2);',
  },
  "functions that are bound to instances": {
    "index.ts":
      'class Greeter { constructor(public word:string){} hello(n:string){ return `${this.word} ${n}`; } } const g=new Greeter("hi"); const hello=g.hello.bind(g); class Reports { private readonly title="daily"; readonly run; constructor(){ this.run=this.handle.bind(this); } async handle(e:unknown){ return [this.text(),hello("ann"),e]; } text(){ return this.title; } } export const handler=new Reports().run;',
  },
  "a promisified function of Node.js": {
    "index.ts":
      'import { readFile } from "fs"; import { promisify } from "util"; const read=promisify(readFile); export const handler=async()=>(await read(process.execPath)).length>0;',
  },
  "counter passed to a factory": {
    "index.ts":
      "const counter=()=>{ let n=0; return { inc:()=>++n, get:()=>n }; }; const a=counter(); function make(c: typeof a, inc: ()=>number){ return async()=>[c.inc(),inc(),a.get()]; } export const handler=make(a,a.inc);",
  },
  "function of a counter passed to a factory": {
    "index.ts":
      "const counter=()=>{ let n=0; return ()=>++n; }; const a=counter(); function make(c: typeof a){ return async()=>[c(),a(),c===a]; } export const handler=make(a);",
  },
  "shared let": {
    "index.ts": "let n=0; const inc=()=>++n; const get=()=>n; export const handler=async()=>{inc(); return get();};",
  },
  "deploy mutated": {
    "index.ts":
      "let n=1; n+=2; const list:number[]=[]; for (const i of [1,2]) list.push(i); list.push(4); export const handler=async()=>[n++,list.push(9),list.length];",
  },
  "setup fn": {
    "index.ts":
      'let n=1; const m=new Map<string,number>(); function setup(){ n=5; m.set("a",1);} setup(); export const handler=async()=>[n,[...m]];',
  },
  "factory counter": {
    "index.ts":
      "const mk=()=>{let n=0; return {inc:()=>++n, get:()=>n};}; const a=mk(), b=mk(); export const handler=async()=>[a.inc(),a.inc(),b.inc(),a.get(),b.get()];",
  },
  "handler in factory": {
    "index.ts":
      "function make(start:number){ let n=start; const inc=()=>{n+=1; return n;}; const peek=()=>n; return async()=>[inc(),peek(),n]; } export const handler=make(10);",
  },
  "factory object in factory": {
    "index.ts":
      "function counter(){let n=0; return {inc:()=>++n, get:()=>n};} function make(){ const c=counter(); return async()=>[c.inc(),c.get()]; } export const handler=make();",
  },
  "factory destructured": {
    "index.ts":
      "function counter(){let n=0; return {inc:()=>++n, get:()=>n};} function make(){ const {inc,get}=counter(); return async()=>[inc(),get()]; } export const handler=make();",
  },
  "two counters in factory": {
    "index.ts":
      "function counter(){let n=0; return ()=>++n;} function make(){ const a=counter(), b=counter(); return async()=>[a(),a(),b()]; } export const handler=make();",
  },
  "loop handlers": {
    "index.ts": "const hs:any[]=[]; for (let i=0;i<3;i++) hs.push(async()=>i*10); export const handler=hs[1];",
  },
  "closure over param": {
    "index.ts": 'const mk=(name:string, opts={x:1})=>async(e:any)=>[name,opts.x,e]; export const handler=mk("q");',
  },
  "class private": {
    "index.ts":
      'class C{ #n=0; static made=0; constructor(readonly k:string){C.made++;} inc(){return ++this.#n;} static of(k:string){return new C(k);} get v(){return this.#n;} } const c=C.of("a"); export const handler=async()=>[c.inc(),c.v,C.made,c.k];',
  },
  inheritance: {
    "index.ts":
      "abstract class A{ constructor(protected n:number){} abstract f():number; g(){return this.f()+this.n;} } class B extends A{ x=2; f(){return this.x++;} } const b=new B(3); export const handler=async()=>[b.g(),b instanceof A,b.constructor.name];",
  },
  "symbols getters": {
    "index.ts":
      'const key=Symbol("k"); const o={[key]:1,get d(){return this.n*2;},n:4,*[Symbol.iterator](){yield 1;yield 2;}}; export const handler=async()=>[o[key],o.d,[...o],o.n++];',
  },
  "map set date etc captured in factory": {
    "index.ts":
      'function mk(){ const m=new Map([["a",{v:1}]]); const s=new Set([1,2]); const d=new Date(5); const r=/a(b)/gi; const u=new URL("https://x.y/z?q=1"); const b=Buffer.from("hi"); const t=new Float64Array([1.5,2]); const e=new TypeError("bad"); const big=10n; const same=m.get("a"); return async()=>[[...m],[...s],d.getTime(),"xab".replace(r,"$1"),u.searchParams.get("q"),b.toString(),[...t],e.message,e instanceof TypeError,String(big),same===m.get("a"), same!.v++]; } export const handler=mk();',
  },
  cycles: {
    "index.ts":
      "function mk(){ const a:any={n:1}; const b:any={a}; a.b=b; a.self=a; const list=[a,b,a]; return async()=>[a.b.a===a,a.self===a,list[0]===list[2],list[1].a.n++]; } export const handler=mk();",
  },
  "frozen accessor": {
    "index.ts":
      'function mk(){ const f=Object.freeze({a:1,n:{x:1}}); const o=Object.defineProperty({} as any,"h",{value:3,enumerable:false}); const g={_v:1,get v(){return this._v;},set v(x){this._v=x;}}; return async()=>{ let threw=false; try{ "use strict"; (f as any).a=2;}catch{threw=true;} g.v+=1; return [Object.isFrozen(f),f.a,threw,o.h,Object.keys(o),g.v,Object.isFrozen(f.n)]; }; } export const handler=mk();',
  },
  "sparse & extra arrays": {
    "index.ts":
      'function mk(){ const a=[1,,3] as any; a.extra="e"; const n=Object.create(null); n.x=1; return async()=>[a.length,1 in a,a.extra,Object.getPrototypeOf(n)===null,n.x,-0,Object.is(-0,(()=>-0)())]; } export const handler=mk();',
  },
  "class instance in factory": {
    "index.ts":
      "class P{ constructor(public x:number){} twice(){return this.x*2;} } function mk(){ const p=new P(4); return async()=>{p.x++; return [p.twice(),p instanceof P];}; } export const handler=mk();",
  },
  "local class": {
    "index.ts":
      "function mk(k:number){ class L{ static s=k; y=k+1; m(){return this.y+L.s;} } const l=new L(); return async()=>[l.m(),new L().m(),l instanceof L,L.name]; } export const handler=mk(3);",
  },
  "generators labels": {
    "index.ts":
      "function* g(n:number){ for(let i=0;i<n;i++) yield i; } export const handler=async()=>{ let r=0; outer: for (const a of g(4)) { for (const b of g(3)) { if(b>a) continue outer; if(a===3) break outer; r+=a*b; } } return r; };",
  },
  "default & named imports": {
    "index.ts":
      'import def, { a, b as bb } from "./lib"; import * as ns from "./lib"; import path, { join } from "node:path"; export const handler=async()=>[def(),a,bb(),ns.a,ns.default(),join("a","b"),path.extname("x.ts")];',
    "lib.ts": 'export const a=1; export function b(){return "b";} export default function(){return "d";}',
  },
  "cyclic modules": {
    "index.ts": 'import { even } from "./even"; export const handler=async(e:number)=>[even(e+4),even(e+5)];',
    "even.ts": 'import { odd } from "./odd"; export const even=(n:number):boolean=>n===0||odd(n-1);',
    "odd.ts": 'import { even } from "./even"; export const odd=(n:number):boolean=>n!==0&&even(n-1);',
  },
  "re-exports": {
    "index.ts": 'import { x, y as z, inner, d } from "./barrel"; export const handler=async()=>[x(),z,inner.q,d];',
    "barrel.ts":
      'export * from "./one"; export { y } from "./two"; export * as inner from "./three"; export { default as d } from "./three";',
    "one.ts": 'export const x=()=>"x";',
    "two.ts": "export const y=2;",
    "three.ts": 'export const q=3; export default "dd";',
  },
  "live binding": {
    "index.ts": 'import { n, bump } from "./lib"; export const handler=async()=>{ bump(); return n; };',
    "lib.ts": "export let n=0; export const bump=()=>{n++;};",
  },
  "registry from other module": {
    "index.ts":
      'import { registry } from "./registry"; import "./plugin"; registry.set("own",()=>"o"); export const handler=async()=>[...registry].map(([k,f])=>k+f());',
    "registry.ts": "export const registry=new Map<string,()=>string>();",
    "plugin.ts": 'import { registry } from "./registry"; registry.set("p",()=>"plug");',
  },
  "handlers file registered by main": {
    "index.ts": 'import { handler as h, register } from "./handlers"; register("a",()=>"A"); export const handler=h;',
    "handlers.ts":
      "const all=new Map<string,()=>string>(); export const register=(k:string,f:()=>string)=>all.set(k,f); export const handler=async()=>[...all].map(([k,f])=>k+f());",
  },
  commonjs: {
    "index.js":
      'const { total, inc } = require("./lib"); const lib = require("./lib"); const os = require("os"); exports.handler = async () => [total(), inc(), lib.total(), typeof os.EOL, lib.K];',
    "lib.js": "let t=0; exports.total=()=>t; exports.inc=()=>++t; exports.K=7;",
  },
  "commonjs module.exports": {
    "index.js":
      'const make = require("./lib"); const { a, b } = require("./obj"); const o = require("./obj"); module.exports = { handler: async () => [make(2), a(), b, o.a()] };',
    "lib.js": "module.exports = function make(n) { return n + make.base; }; module.exports.base = 5;",
    "obj.js": 'const a = () => "a"; module.exports = { a, b: 3 };',
  },
  "enum namespace": {
    "index.ts":
      'enum Color{Red="r",Blue="b"} const enum N{One=1,Two=One+1} namespace Ns{ export const v=3; export function f(){return v;} } export const handler=async()=>[Color.Red,N.Two,Ns.f(),Ns.v];',
  },
  "bound and partial": {
    "index.ts":
      'function who(this:any,a:number,b:number){return [this.n,a,b];} const f=who.bind({n:"x"},1).bind(null,2); export const handler=async()=>f(3 as never);',
  },
  "method handler own file": {
    "index.ts":
      'class S{ n=0; constructor(private k:string){} async run(){ this.n++; return [this.k,this.n]; } } const s=new S("k"); export const handler=s.run.bind(s);',
  },
  "object method handler": {
    "index.ts": "const api={ n:0, async h(e:number){ return e+1; } }; export const handler=api.h;",
  },
  destructuring: {
    "index.ts":
      "const { a, b: { c = 5 } = {} as any, ...rest } = { a: 1, z: 2, y: 3 } as any; const [p,,q=9]=[1,2]; export const handler=async()=>[a,c,rest,p,q];",
  },
  "memo across calls": {
    "index.ts":
      "let cached:{n:number}|undefined; async function load(){ return cached ??= {n:Math.round(1)}; } export const handler=async()=>{ const c=await load(); c.n++; return c.n; };",
  },
  errors: {
    "index.ts":
      'class Base extends Error{ constructor(m:string){super(m); this.name=this.constructor.name;} } class Not extends Base{ code=4; } export const handler=async(e:number)=>{ if(e===1) throw new Not("no"); try{ throw new Not("x"); }catch(err){ return [(err as Not).code,String(err),err instanceof Base,(err as Error).name]; } };',
  },
  "this in object literal closures": {
    "index.ts": "const o={ k:2, f(){ return [1,2].map((x)=>x*this.k); } }; export const handler=async()=>o.f();",
  },
  "var hoist in block": {
    "index.ts":
      "if (true) { var hoisted = 4; } for (var i=0;i<3;i++) { var last=i; } export const handler=async()=>[hoisted,i,last];",
  },
  "top-level side effect functions": {
    "index.ts":
      "const fns:Array<()=>number>=[]; const add=(f:()=>number)=>{fns.push(f);}; add(()=>1); add(()=>2); export const handler=async()=>fns.map((f)=>f());",
  },
  "tagged template": {
    "index.ts":
      'const seen:any[]=[]; const t=(s:TemplateStringsArray,...v:any[])=>{ seen.push(s); return s.raw.join("|")+v.join(); }; export const handler=async()=>{ const f=()=>t`a${1}b`; f(); f(); return [seen.length, seen[0]===seen[1]]; };',
  },
  "global augment": {
    "index.ts":
      '(globalThis as any).__tag="t1"; declare global { interface Array<T>{ lastOne():T } } Array.prototype.lastOne=function(){return this[this.length-1];}; export const handler=async()=>[(globalThis as any).__tag,[1,2].lastOne()];',
  },
  "async generator & for await": {
    "index.ts":
      "async function* s(){ yield 1; yield* [2,3]; } export const handler=async()=>{ const r=[]; for await (const x of s()) r.push(x); return r; };",
  },
  "shadow globals": {
    "index.ts":
      'const name="n"; const crypto={ x:1 }; const performance={now:()=>7}; const fetch=()=>"f"; export const handler=async()=>[name,crypto.x,performance.now(),fetch()];',
  },
  "computed at deploy": {
    "index.ts":
      'import { readFileSync } from "node:fs"; import { join } from "node:path"; const text=readFileSync(join(__dirname,"index.ts"),"utf8").length>10; const started=Date.now(); const id=Math.random(); export const handler=async()=>[text,started,id];',
  },
  iife: {
    "index.ts": "const mod=(()=>{ let n=0; return { next:()=>++n }; })(); export const handler=async()=>mod.next();",
  },
  "getter static block": {
    "index.ts":
      "class K{ static t:number; static{ K.t=8; } static #p=1; static bump(){ return ++K.#p; } } export const handler=async()=>[K.t,K.bump()];",
  },
  "proxy top": {
    "index.ts":
      'const p=new Proxy({a:1} as any,{get:(t,k)=>k in t?t[k]:"none"}); export const handler=async()=>[p.a,p.b];',
  },
  "weakmap top": {
    "index.ts":
      "const w=new WeakMap<object,number>(); const k={}; w.set(k,1); export const handler=async()=>{ w.set(k,w.get(k)!+1); return w.get(k); };",
  },
  "default param closures": { "index.ts": "let d=1; const f=(x=d++)=>x; export const handler=async()=>[f(),f(10),d];" },
  "recursion mutual inner": {
    "index.ts":
      "function mk(){ const ev=(n:number):boolean=>n===0||od(n-1); const od=(n:number):boolean=>n!==0&&ev(n-1); return async(e:number)=>[ev(e),od(e)]; } export const handler=mk();",
  },
  "inner function declared": {
    "index.ts":
      "function mk(a:number){ function helper(x:number){ return x+a+base; } const base=10; return async()=>helper(1); } export const handler=mk(5);",
  },
  "try/catch inner scopes": {
    "index.ts":
      'let handlerX:any; try { throw new Error("boom"); } catch (err) { const m=(err as Error).message; handlerX=async()=>m+(err as Error).message; } export const handler=handlerX;',
  },
  "switch scope": {
    "index.ts":
      'function pick(k:string){ switch(k){ case "a": { const v=1; return async()=>v; } default: { let w=2; return async()=>w++; } } } export const handler=pick("b");',
  },
  "symbol in factory": {
    "index.ts":
      'function mk(){ const s=Symbol("u"); const o={[s]:5}; return async()=>[o[s],s.description,Symbol.for("z")===Symbol.for("z")]; } export const handler=mk();',
  },
  "promise captured": {
    "index.ts":
      "function mk(){ const p=Promise.resolve({v:1}); return async()=>(await p).v++; } export const handler=mk();",
  },
  "top-level promise": { "index.ts": "const p=(async()=>({v:1}))(); export const handler=async()=>(await p).v++;" },
  "nan infinity": {
    "index.ts":
      "function mk(){ const a=NaN,b=Infinity,c=-0; return async()=>[a,b,Object.is(c,-0),undefined]; } export const handler=mk();",
  },
  arguments: {
    "index.ts": "function f(){ return arguments.length; } export const handler=async()=>(f as any)(1,2,3);",
  },
  "optional chaining and nullish": {
    "index.ts": 'const o:any={a:{b:null}}; export const handler=async()=>[o?.a?.b?.c ?? "d", o.x?.(), delete o.a.b];',
  },
  "closure array of fns in factory": {
    "index.ts":
      "function mk(){ const fs=[1,2,3].map((n)=>()=>n*2); return async()=>fs.map((f)=>f()); } export const handler=mk();",
  },
  "mutated captured object at deploy": {
    "index.ts":
      "function mk(){ const o:any={n:1}; o.n=2; o.list=[1]; o.list.push(o); return async()=>[o.n++,o.list[1]===o]; } export const handler=mk();",
  },
  "class with static factory and map subclass": {
    "index.ts":
      'class Reg extends Map<string,number>{ total(){ let t=0; for (const v of this.values()) t+=v; return t; } } const r=new Reg([["a",2]]); function mk(){ const q=new Reg([["b",3]]); return async()=>[r.total(),q.total(),q instanceof Map,q.size]; } export const handler=mk();',
  },
  "event emitter": {
    "index.ts":
      'import { EventEmitter } from "node:events"; const e=new EventEmitter(); let n=0; e.on("x",(v:number)=>{n+=v;}); export const handler=async()=>{ e.emit("x",2); return n; };',
  },
  als: {
    "index.ts":
      'import { AsyncLocalStorage } from "node:async_hooks"; const als=new AsyncLocalStorage<number>(); const get=()=>als.getStore(); export const handler=async(e:number)=>als.run(e,async()=>get());',
  },
  "decorators std": {
    "index.ts":
      "function tag(v:any,ctx:any){ return v; } class D{ @tag m(){return 1;} } export const handler=async()=>new D().m();",
  },
  using: {
    "index.ts":
      'const log:string[]=[]; const res=()=>({[Symbol.dispose](){log.push("d");}}); export const handler=async()=>{ { using r=res(); log.push("u"); } return log.slice(-2); };',
  },
  "name collision between modules": {
    "index.ts":
      'import { helper as h } from "./a"; const helper=()=>"main"; export const handler=async()=>[h(),helper(),h.name,helper.name];',
    "a.ts": 'export const helper=()=>"a"; ',
  },
  "json import": {
    "index.ts": 'import data from "./d.json"; export const handler=async()=>[data.a,data.list.length];',
    "d.json": '{"a":1,"list":[1,2]}',
    "tsconfig.json": '{"compilerOptions":{"resolveJsonModule":true,"esModuleInterop":true}}',
  },
  "dynamic import": {
    "index.ts": 'export const handler=async()=>{ const { f } = await import("./lazy"); return f(); };',
    "lazy.ts": "let n=0; export const f=()=>++n;",
  },
  "require inside": {
    "index.js":
      'exports.handler=async()=>{ const { f } = require("./lazy"); return [f(), require("node:path").sep]; };',
    "lazy.js": "let n=0; exports.f=()=>++n;",
  },
  "object with methods using shared let": {
    "index.ts":
      "let total=0; export const cart={ add(n:number){ total+=n; return this; }, get total(){ return total; } }; export const handler=async(e:number)=>cart.add(e+1).add(1).total;",
  },
  "conditional init": {
    "index.ts":
      'let mode="a"; if (1+1===2) { mode="b"; } else { mode="c"; } const label=mode==="b"?"B":"other"; export const handler=async()=>[mode,label];',
  },
  "chained assignment and swap": {
    "index.ts": "let a=1,b=2; [a,b]=[b,a]; let x:number,y:number; x=y=3; export const handler=async()=>[a++,b,x!+y!];",
  },
  "while with break building": {
    "index.ts":
      "const q:number[]=[]; let i=0; while(true){ if(i>3) break; q.push(i*i); i++; } export const handler=async()=>[q,i];",
  },
  "function property": {
    "index.ts": "function f(){ return f.count++; } f.count=5; export const handler=async()=>f();",
  },
  "prototype patch": {
    "index.ts":
      "function Old(this:any,n:number){ this.n=n; } Old.prototype.twice=function(){ return this.n*2; }; const o=new (Old as any)(4); export const handler=async()=>[o.twice(),o.constructor.name];",
  },
  "object spread of stateful": {
    "index.ts":
      "const base={ a:1, f(){ return this.a; } }; const ext={ ...base, a:2 }; export const handler=async()=>[base.f(),ext.f()];",
  },
  "sort and mutation through alias": {
    "index.ts": "const xs=[3,1,2]; const ys=xs; ys.sort(); ys[0]=10; export const handler=async()=>xs;",
  },
  "nested function state": {
    "index.ts":
      "const make=()=>{ const seen=new Set<number>(); return { add(n:number){ seen.add(n); return seen.size; } }; }; const one=make(); one.add(1); one.add(2); export const handler=async(e:number)=>one.add(e);",
  },
  names: {
    "index.ts":
      'const a=()=>{}; const o={m(){},p:()=>{},["c"+1]:()=>{}}; class K{ static s(){} } const anon=[()=>{}][0]!; export const handler=async()=>[a.name,o.m.name,o.p.name,o.c1!.name,K.name,K.s.name,anon.name,(function(){}).name];',
  },
  "names inner": {
    "index.ts":
      "function mk(){ const a=()=>{}; const o={m(){},p:()=>{}}; class K{} const anon=[()=>{}][0]!; function d(){} return async()=>[a.name,o.m.name,o.p.name,K.name,anon.name,d.name]; } export const handler=mk();",
  },
  "nested factories": {
    "index.ts":
      "function outer(x:number){ let hits=0; return function inner(y:number){ return async()=>[x+y,++hits]; }; } export const handler=outer(2)(3);",
  },
  "callbacks list": {
    "index.ts":
      "function mk(){ let n=0; const list=[()=>++n,()=>n*2]; return async()=>list.map((f)=>f()); } export const handler=mk();",
  },
  "reassigned function": { "index.ts": "let f=()=>1; f=()=>2; export const handler=async()=>f();" },
  "reassigned inner function": {
    "index.ts": "function mk(){ let f=()=>1; if (f()===1) f=()=>2; return async()=>f(); } export const handler=mk();",
  },
  "getter on captured class instance": {
    "index.ts":
      "class T{ private _a=1; get a(){return this._a;} set a(v){this._a=v;} } function mk(){ const t=new T(); t.a=5; return async()=>{ t.a++; return t.a; }; } export const handler=mk();",
  },
  "instance with closure field": {
    "index.ts": "class T{ n=0; inc=()=>++this.n; } const t=new T(); export const handler=async()=>[t.inc(),t.n];",
  },
  curried: {
    "index.ts":
      "const add=(a:number)=>(b:number)=>(c:number)=>a+b+c; const add3=add(1)(2); export const handler=async(e:number)=>add3(e);",
  },
  "default exports handler": {
    "index.ts": 'import h from "./h"; export const handler=h;',
    "h.ts": "let n=0; export default async function () { return ++n; }",
  },
  "default export arrow": {
    "index.ts": 'import h from "./h"; export const handler=h;',
    "h.ts": "let n=0; export default async () => ++n;",
  },
  "default export class": {
    "index.ts": 'import C from "./c"; const c=new C(2); export const handler=async()=>[c.f(),C.name];',
    "c.ts": "export default class Thing { constructor(private n:number){} f(){ return this.n++; } }",
  },
  "import type mix": {
    "index.ts":
      'import type { T } from "./t"; import { type U, make } from "./t"; const t:T=make(); export const handler=async():Promise<U>=>[t.a] as any;',
    "t.ts": "export interface T{a:number} export type U=number[]; export const make=():T=>({a:1});",
  },
  "interface and overloads": {
    "index.ts":
      'function f(a:string):string; function f(a:number):number; function f(a:any){ return a; } interface X{a:1} declare const nope:string; type Q=typeof f; export const handler=async()=>[f("a"),f(1)];',
  },
  "generic class abstract": {
    "index.ts":
      'abstract class Repo<T extends {id:string}>{ protected items=new Map<string,T>(); add(t:T){ this.items.set(t.id,t); return this; } get size(){ return this.items.size; } } class Users extends Repo<{id:string}>{} const u=new Users().add({id:"a"}); export const handler=async(e:number)=>u.add({id:"x"+e}).size;',
  },
  "satisfies as const": {
    "index.ts":
      'const routes=[{path:"/a",n:1},{path:"/b",n:2}] as const satisfies readonly {path:string,n:number}[]; export const handler=async()=>routes.map((r)=>r.path);',
  },
  "object keys computed": {
    "index.ts":
      'const K={A:"a",B:"b"} as const; const table={[K.A]:1,[K.B]:()=>2}; export const handler=async()=>[table.a,table.b()];',
  },
  "regex state": { "index.ts": 'const re=/a/g; export const handler=async()=>[re.test("aa"),re.lastIndex];' },
  "date now inside": {
    "index.ts":
      "const d=new Date(0); export const handler=async()=>{ d.setFullYear(d.getFullYear()+1); return d.getUTCFullYear(); };",
  },
  "error cause": {
    "index.ts":
      'const root=new Error("root"); export const handler=async()=>{ try { throw new Error("x",{cause:root}); } catch(e:any){ return [e.cause===root,e.cause.message]; } };',
  },
  throws: {
    "index.ts":
      'class My extends Error{ constructor(public code:number){ super("c"+code); this.name="My"; } } export const handler=async(e:number)=>{ throw new My(e); };',
  },
  "strict this": {
    "index.ts":
      "function f(this:any){ return this===undefined; } const o={f}; export const handler=async()=>[(0,o.f)(),o.f()];",
  },
  "frozen throws": {
    "index.ts": "const o=Object.freeze({a:1}); export const handler=async()=>{ (o as any).a=2; return 1; };",
  },
  "closures over catch & for of destructure": {
    "index.ts":
      "const out:any[]=[]; for (const [k,{v}] of Object.entries({a:{v:1},b:{v:2}})) out.push(async()=>[k,v]); export const handler=out[1];",
  },
  "do while labelled": { "index.ts": 'let s=""; let i=0; do { s+=i; } while(++i<3); export const handler=async()=>s;' },
  "generator instance state top": {
    "index.ts":
      "function* g(){ let i=0; while(true) yield i++; } const it=g(); export const handler=async()=>it.next().value;",
  },
  "iterator protocol class": {
    "index.ts":
      "class R{ constructor(private a:number,private b:number){} *[Symbol.iterator](){ for(let i=this.a;i<this.b;i++) yield i; } } export const handler=async()=>[...new R(1,4)];",
  },
  "toJSON valueOf": {
    "index.ts":
      "class M{ constructor(readonly c:number){} valueOf(){return this.c;} toJSON(){return {c:this.c};} } const m=new M(5); export const handler=async()=>[+m+1,JSON.stringify(m),`${[m]}`];",
  },
  mixins: {
    "index.ts":
      "type Ctor=new(...a:any[])=>any; const Timed=<T extends Ctor>(B:T)=>class extends B{ t=1; time(){return this.t++;} }; class A{ a=1; } class B extends Timed(A){} const b=new B(); export const handler=async()=>[b.time(),b.a,b instanceof A];",
  },
  pipeline: {
    "index.ts":
      "const compose=(...fs:Array<(x:any)=>any>)=>(x:any)=>fs.reduce((a,f)=>f(a),x); const h=compose((x:number)=>x+1,(x:number)=>x*2); export const handler=async(e:number)=>h(e);",
  },
  memoize: {
    "index.ts":
      "function memo<A,R>(f:(a:A)=>R){ const c=new Map<A,R>(); return (a:A)=>{ if(!c.has(a)) c.set(a,f(a)); return c.get(a)!; }; } let calls=0; const sq=memo((n:number)=>{ calls++; return n*n; }); export const handler=async()=>[sq(3),sq(3),calls];",
  },
  "debounce like timers top": {
    "index.ts":
      'let t:any; const log:string[]=[]; const later=()=>new Promise<void>((r)=>{ t=setTimeout(()=>{log.push("x"); r();},1); }); export const handler=async()=>{ await later(); return log.length; };',
  },
  "async iife at top": {
    "index.ts":
      "let ready=false; const init=(async()=>{ ready=true; return 3; })(); export const handler=async()=>[ready,await init];",
  },
  "promise all concurrency": {
    "index.ts":
      "let active=0,max=0; const run=async(n:number)=>{ active++; max=Math.max(max,active); await null; active--; return n; }; export const handler=async()=>[await Promise.all([1,2,3].map(run)),max];",
  },
  "closure in default args": {
    "index.ts": "const base=2; const f=(a=base,b=()=>a+base)=>b(); export const handler=async()=>[f(),f(5)];",
  },
  "module let exported & reassigned inside": {
    "index.ts": 'import * as s from "./s"; export const handler=async()=>{ s.set(s.value+1); return s.value; };',
    "s.ts": "export let value=1; export function set(v:number){ value=v; }",
  },
  "star conflict": {
    "index.ts": 'import { a, b } from "./i"; export const handler=async()=>[a,b];',
    "i.ts": 'export * from "./x"; export * from "./y"; export const a="own";',
    "x.ts": 'export const a="x"; export const b="bx";',
    "y.ts": 'export const c="c";',
  },
  "side-effect import order": {
    "index.ts":
      'import { log } from "./log"; import "./one"; import "./two"; log.push("main"); export const handler=async()=>log;',
    "log.ts": "export const log:string[]=[];",
    "one.ts": 'import { log } from "./log"; log.push("one");',
    "two.ts": 'import { log } from "./log"; log.push("two");',
  },
  "cyc with class": {
    "index.ts": 'import { A } from "./a"; export const handler=async()=>new A().b().a() instanceof A;',
    "a.ts": 'import { B } from "./b"; export class A{ b(){ return new B(); } }',
    "b.ts": 'import { A } from "./a"; export class B{ a(){ return new A(); } }',
  },
  "shared mutable across three modules": {
    "index.ts":
      'import { bump } from "./a"; import { read } from "./b"; export const handler=async()=>{ bump(); return read(); };',
    "a.ts": 'import { state } from "./s"; export const bump=()=>{ state.n++; };',
    "b.ts": 'import { state } from "./s"; export const read=()=>state.n;',
    "s.ts": "export const state={n:0};",
  },
  "npm cjs default+named": {
    "index.ts":
      'import semver, { satisfies } from "semver"; export const handler=async()=>[semver.valid("1.2.3"),satisfies("1.2.3","^1.0.0")];',
  },
  "npm namespace": {
    "index.ts":
      'import * as semver from "semver"; const inc=semver.inc; export const handler=async()=>[semver.major("3.1.1"),inc("1.0.0","patch")];',
  },
  "npm instance inner": {
    "index.ts":
      'import { Hono } from "hono"; function mk(){ const app=new Hono(); app.get("/a",(c)=>c.text("A")); return async()=>(await app.request("/a")).text(); } export const handler=mk();',
  },
  "npm class extended": {
    "index.ts":
      'import { Hono } from "hono"; class App extends Hono{ hits=0; hit(){ return ++this.hits; } } const app=new App(); app.get("/",(c)=>c.text("r"+app.hit())); export const handler=async()=>(await app.request("/")).text();',
  },
  "builtin destructured": {
    "index.ts":
      'import { createHash } from "node:crypto"; const { join }=require("node:path") as typeof import("node:path"); const { stringify }=JSON; const push=Array.prototype.push; export const handler=async()=>{ const a:any[]=[]; push.call(a,1); return [createHash("md5").update("a").digest("hex").slice(0,4),join("a","b"),stringify(a)]; };',
  },
  "builtin inner": {
    "index.ts":
      'import * as path from "node:path"; function mk(){ const { join }=path; const parse=JSON.parse; const log=console.log; const now=Date; return async()=>[join("a","b"),parse("1"),typeof log,now===Date]; } export const handler=mk();',
  },
  "object from JSON parse deploy": {
    "index.ts":
      'import * as fs from "node:fs"; import * as path from "node:path"; const read=(f:string)=>JSON.parse(fs.readFileSync(path.join(__dirname,f),"utf8")); const cfg=read("cfg.json"); const limit=cfg.limit*2; class Store{ data=cfg; get(){ return this.data.limit++; } } const store=new Store(); export const handler=async()=>[limit,store.get(),cfg.limit];',
    "cfg.json": '{"limit":5}',
  },
  "env ternary function": {
    "index.ts":
      'const f=process.env.NOPE?()=>1:()=>2; const env={...process.env}.NOPE ?? "none"; export const handler=async()=>[f(),env];',
  },
  "comma, void, ternary, typeof undefinedVar": {
    "index.ts":
      'let a=0; export const handler=async()=>{ const b=(a++,a); return [b,void 0 ?? "v",typeof (globalThis as any).zzz]; };',
  },
  "unicode and strings": {
    "index.ts":
      'const s="\\u2028\\u{1F600}`${x}"; function mk(){ const t="a\\u2028\\0\\\\\\"q"; return async()=>[s,t,t.length]; } export const handler=mk();',
  },
  "big literal data inner": {
    "index.ts":
      'function mk(){ const data=Array.from({length:50},(_,i)=>({i,s:"x".repeat(i%3)})); return async()=>data.reduce((a,d)=>a+d.i+d.s.length,0); } export const handler=mk();',
  },
  "class static inheritance & super": {
    "index.ts":
      'class A{ static n=1; static make(){ return new this(); } hi(){ return "A"; } } class B extends A{ static n=2; hi(){ return super.hi()+"B"; } static get total(){ return super.n+this.n; } } export const handler=async()=>[B.make().hi(),B.total,A.make() instanceof B];',
  },
  "accessor keyword private methods": {
    "index.ts":
      "class X{ #v=1; #inc(){ this.#v++; } static #c=0; go(){ this.#inc(); X.#c++; return [this.#v,X.#c,#v in this]; } } const x=new X(); export const handler=async()=>x.go();",
  },
  "new.target & abstract": {
    "index.ts":
      'function F(this:any){ return new.target===undefined?"call":"new"; } export const handler=async()=>(F as any)();',
  },
  "exponent, bigint, numeric sep": { "index.ts": "const a=2**10, b=1_000n; export const handler=async()=>[a,b*2n];" },
  "label block": {
    "index.ts":
      'function f(x:number){ blk:{ if(x>1) break blk; return "low"; } return "high"; } export const handler=async(e:number)=>f(e);',
  },
  "with closure var loop": {
    "index.ts":
      "var fs:any[]=[]; for (var i=0;i<3;i++){ fs.push(()=>i); } export const handler=async()=>fs.map((f)=>f());",
  },
  "let loop closures at top": {
    "index.ts":
      "const fs:Array<()=>number>=[]; for (let i=0;i<3;i++){ fs.push(()=>i++); } export const handler=async()=>fs.map((f)=>f());",
  },
  "nested try finally": {
    "index.ts":
      'let log:string[]=[]; function f(){ try{ log.push("t"); throw 1; } catch{ log.push("c"); return "r"; } finally{ log.push("f"); } } f(); export const handler=async()=>{ f(); return log.join(""); };',
  },
  "method chaining builder": {
    "index.ts":
      'class Q{ parts:string[]=[]; add(p:string){ this.parts.push(p); return this; } build(){ return this.parts.join(" "); } } const q=new Q().add("a"); q.add("b").add("c"); export const handler=async()=>q.add("h").build();',
  },
  "object assign and defineProperty at top": {
    "index.ts":
      'const o:any={}; Object.assign(o,{a:1}); Object.defineProperty(o,"b",{get(){return this.a+1;}}); delete o.a; o["a"]=5; export const handler=async()=>[o.a,o.b];',
  },
  "push via helper in other module": {
    "index.ts":
      'import { list } from "./list"; import { add } from "./add"; add("x"); add("y"); export const handler=async()=>list;',
    "list.ts": "export const list:string[]=[];",
    "add.ts": 'import { list } from "./list"; export function add(s:string){ list.push(s); }',
  },
};

/** Programs for which the heap has to be asked: which functions share a variable, and what `this` is. */
export const heapPrograms: Readonly<Record<string, Program>> = {
  "closure array counters in factory": {
    "index.ts":
      "function mk(){ const fs=[0,0].map((n)=>()=>++n); return async()=>[fs[0]!(),fs[0]!(),fs[1]!()]; } export const handler=mk();",
  },
  "counter in counter": {
    "index.ts":
      "function make(){ let total=0; const counter=()=>{ let n=0; return ()=>{ n++; return [n,++total]; }; }; const a=counter(), b=counter(); return async()=>[a(),b(),a()]; } export const handler=make();",
  },
  "class with closure": {
    "index.ts":
      "function mk(){ let n=0; class A{ inc(){ return ++n; } } const a=new A(), b=new A(); return async()=>[a.inc(),b.inc(),n]; } export const handler=mk();",
  },
  "object with functions sharing via spread": {
    "index.ts":
      "function mk(){ let n=0; const base={inc:()=>++n}; const ext={...base,get:()=>n}; return async()=>[ext.inc(),ext.get()]; } export const handler=mk();",
  },
  "fn stored in map": {
    "index.ts":
      'function mk(){ let n=0; const m=new Map<string,()=>number>([["inc",()=>++n],["get",()=>n]]); return async()=>[m.get("inc")!(),m.get("get")!()]; } export const handler=mk();',
  },
  "instance with closure field inner": {
    "index.ts":
      "class T{ n=0; inc=()=>++this.n; } function mk(){ const t=new T(); return async()=>[t.inc(),t.n]; } export const handler=mk();",
  },
  "this arrow in method handler": {
    "index.ts": 'class S{ k="s"; make(){ return async()=>this.k; } } export const handler=new S().make();',
  },
};

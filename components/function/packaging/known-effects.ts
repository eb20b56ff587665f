import * as ts from "typescript";
import { bare, variableOf } from "./expressions";
import type { Binding } from "./lexical";

/** Methods of built-in objects that change nothing, or only call what they are given. */
export const readers =
  /^(map|filter|slice|join|includes|indexOf|lastIndexOf|find|findIndex|findLast|some|every|reduce|reduceRight|forEach|flat|flatMap|at|charAt|charCodeAt|codePointAt|split|trim|trimStart|trimEnd|replace|replaceAll|match|matchAll|startsWith|endsWith|toString|toUpperCase|toLowerCase|toFixed|padStart|padEnd|repeat|substring|toISOString|getTime|bind|hasOwnProperty|toSorted|toReversed|toSpliced|with|concat|localeCompare|normalize)$/;
/** Methods that call a function at once which they are given. */
export const callers =
  /^(map|filter|find|findIndex|findLast|some|every|reduce|reduceRight|forEach|flatMap|sort|toSorted|replace|replaceAll|from|call|apply)$/;
/** Functions of built-in objects that change their first argument. */
export const changers =
  /^(assign|defineProperty|defineProperties|freeze|seal|preventExtensions|setPrototypeOf|set|deleteProperty)$/;
export const pureGlobals =
  /^(console|JSON|Math|Object|Reflect|Array|String|Number|Boolean|Symbol|BigInt|Date|RegExp|Promise|Map|Set|WeakMap|WeakSet|Error|TypeError|RangeError|SyntaxError|URL|URLSearchParams|Buffer|Intl|structuredClone|parseInt|parseFloat|isNaN|isFinite|encodeURIComponent|decodeURIComponent|encodeURI|decodeURI|atob|btoa|TextEncoder|TextDecoder|setTimeout|setInterval|setImmediate|queueMicrotask|AbortController|Headers|Request|Response|Uint8Array|Float64Array|Int32Array|ArrayBuffer|Proxy)$/;
/** Modules of Node whose answers differ from machine to machine. */
const machineModules =
  /^(fs|fs\/promises|child_process|http|https|http2|net|tls|dns|dns\/promises|os|dgram|readline|process|worker_threads|cluster)$/;

/** `map.get(…)` and the like, of a variable that is seen to be a Map or Set: of others, `get` may do anything. */
export function isLookup(callee: ts.PropertyAccessExpression, binding: Binding | undefined): boolean {
  if (!/^(get|has|keys|values|entries)$/.test(callee.name.text) || binding === undefined) return false;
  const value = variableOf(binding.declaration)?.initializer;
  const made = value === undefined ? undefined : bare(value);
  return made !== undefined && ts.isNewExpression(made) && /^(Weak)?(Map|Set)$/.test(made.expression.getText());
}

export function isClock(object: string, method: string, given: number, isNew: boolean): boolean {
  if (object === "Date") return (isNew && given === 0) || (!isNew && (method === "" || method === "now"));
  return object === "Math" && method === "random";
}

export function asksMachine(module: string, name: string, node: ts.Identifier): boolean {
  if (machineModules.test(module)) return name !== "EOL" && !isType(node);
  const member = ts.isPropertyAccessExpression(node.parent) ? node.parent.name.text : name;
  return module === "crypto" && /^(random|generateKey)/.test(member);
}

/** `class A extends EventEmitter`, `x instanceof Stats`: the machine is not asked. */
function isType(node: ts.Identifier): boolean {
  return ts.isBinaryExpression(node.parent) && node.parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword;
}

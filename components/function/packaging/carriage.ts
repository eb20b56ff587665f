import * as ts from "typescript";
import type { ProgramFunction } from "./inspector";
import type { LiveValues } from "./live-values";
import { isPackages, packageExpression } from "./package-exports";
import { ValueBuilder, type ValueHost } from "./value-builder";

/** Whether a value can be carried into a package as it is. */
export function canCarry(value: unknown, live: LiveValues): boolean {
  let isCarried = true;
  const host: ValueHost = {
    functionExpression(fn) {
      if (isPackages(fn) ? packageExpression(fn) === undefined : live.locate(fn) === undefined) isCarried = false;
      return "";
    },
    deployedExpression: () => "",
    ofVariable: () => undefined,
    demandOf: () => undefined,
    isBare: (constructor) => isBareClass(constructor, live),
    refuse: () => void (isCarried = false),
  };
  new ValueBuilder(host).add(value, undefined, { path: "" });
  return isCarried;
}

/** Whether instances of a class hold nothing but properties, so that they can be made without their constructor. */
export function isBareClass(constructor: ProgramFunction, live: LiveValues): boolean {
  for (
    let at: unknown = constructor;
    typeof at === "function" && at !== Function.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    if (/\{ \[native code\] \}$/.test(Function.prototype.toString.call(at))) return true;
    if (isPackages(at as ProgramFunction)) return false;
    const found = live.locate(at as ProgramFunction);
    const node = found?.module.functionAt(found.position);
    const owner = node !== undefined && ts.isConstructorDeclaration(node) ? node.parent : node;
    if (owner === undefined) return false;
    if (ts.isClassLike(owner) && owner.members.some(({ name }) => name !== undefined && ts.isPrivateIdentifier(name))) {
      return false;
    }
  }
  return true;
}

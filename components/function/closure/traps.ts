import * as ts from "typescript";
import type { ErrorCode } from "../../shared/error-codes";

/** Something about a captured value that Pulumi's serializer would get wrong, silently or only at run time. */
export interface Trap {
  readonly code: ErrorCode;
  /** What the value is, to stand after "captures": e.g. `a Map`. */
  readonly what: string;
  readonly fix: string;
}

/** Built-in classes whose instances the serializer restores faithfully. */
const restorable = new Set(["Object", "Array", "RegExp", "Promise", "Function", "AsyncFunction"]);

/** What to write instead of capturing an instance of these. */
const insteadOf: Readonly<Record<string, string>> = {
  Map: "capture an array of entries and build the Map inside the handler: new Map(entries)",
  Set: "capture an array and build the Set inside the handler: new Set(values)",
  Date: "capture the time as a string or number and build the Date inside the handler",
  Buffer: "capture the content as a base64 string and decode it inside the handler",
  URL: "capture the address as a string and build the URL inside the handler",
};

/** The trap that `value` is, if it is one. Functions are looked at by {@link functionTrap}. */
export function valueTrap(value: unknown): Trap | undefined {
  if (typeof value === "symbol") {
    return { code: "ERR_CAPTURE_VALUE", what: "a Symbol", fix: "create the Symbol inside the handler" };
  }
  if (typeof value !== "object" || value === null) return undefined;
  for (let proto: unknown = Object.getPrototypeOf(value); proto !== null; proto = Object.getPrototypeOf(proto)) {
    const constructor: unknown = Object.getOwnPropertyDescriptor(proto, "constructor")?.value;
    if (typeof constructor !== "function") continue;
    const name = constructor.name;
    if (restorable.has(name) || !isBuiltIn(constructor)) continue;
    return {
      code: "ERR_CAPTURE_VALUE",
      what: `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}, which does not survive serialization`,
      fix: insteadOf[name] ?? `create the ${name} inside the handler`,
    };
  }
  return undefined;
}

/** Whether a class belongs to Node or the language, so that its text cannot be shipped. */
function isBuiltIn(constructor: { name: string }): boolean {
  if (/\{\s*\[native code\]\s*\}\s*$/.test(Function.prototype.toString.call(constructor))) return true;
  if ((globalThis as unknown as Record<string, unknown>)[constructor.name] === constructor) return true;
  return constructor.name === "AsyncLocalStorage" || constructor.name === "EventEmitter";
}

const checked = new Map<string, Trap | undefined>();

/** The trap in a captured function's or class's text, if there is one. */
export function functionTrap(fn: (...args: never[]) => unknown): Trap | undefined {
  const text = Function.prototype.toString.call(fn);
  if (!checked.has(text)) checked.set(text, findTrap(text));
  return checked.get(text) ?? builtInBase(fn, text) ?? lostArguments(fn, text);
}

/** The serializer calls a base class as a plain function, which only the built-in errors can be made to bear. */
function builtInBase(fn: (...args: never[]) => unknown, text: string): Trap | undefined {
  const base: unknown = Object.getPrototypeOf(fn);
  if (!/^class\b/.test(text) || typeof base !== "function" || base === Function.prototype || !isBuiltIn(base))
    return undefined;
  if (base === Error || base.prototype instanceof Error) return undefined;
  return {
    code: "ERR_CAPTURE_CLASS",
    what: `the class ${fn.name}, which extends the built-in ${base.name}`,
    fix: `create the class inside the handler, or hold ${/^[AEIO]/.test(base.name) ? "an" : "a"} ${base.name} in place of extending it`,
  };
}

/** The serializer writes `super()` for a derived class without a constructor: what the base class is given is lost. */
function lostArguments(fn: (...args: never[]) => unknown, text: string): Trap | undefined {
  const base: unknown = Object.getPrototypeOf(fn);
  if (!/^class\b[^{]*\bextends\b/.test(text) || /\bconstructor\s*\(/.test(text)) return undefined;
  if (typeof base !== "function" || base.length === 0) return undefined;
  return {
    code: "ERR_CAPTURE_CLASS",
    what: `the class ${fn.name}, whose base class would lose what its constructor is given`,
    fix: `write the constructor of ${fn.name}, like constructor(value) { super(value); }, or create the class inside the handler`,
  };
}

function findTrap(text: string): Trap | undefined {
  if (!/#|\bclass\b|import\s*\.\s*meta/.test(text)) return undefined;
  // A method's text is no expression by itself; in an object literal it is.
  const source = ts.createSourceFile("captured.js", `(${text})`, ts.ScriptTarget.ESNext, true);
  const statement = source.statements[0];
  const expression =
    statement !== undefined && ts.isExpressionStatement(statement) && ts.isParenthesizedExpression(statement.expression)
      ? statement.expression.expression
      : undefined;
  let trap: Trap | undefined;
  const visit = (node: ts.Node, insideClass: boolean): void => {
    if (trap !== undefined) return;
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) {
      trap = {
        code: "ERR_CAPTURE_IMPORT_META",
        what: "import.meta, which does not exist in the deployed function",
        fix: "read import.meta outside the handler and capture the resulting string",
      };
    } else if (ts.isPrivateIdentifier(node) && !insideClass) {
      trap = {
        code: "ERR_CAPTURE_CLASS",
        what: `a class with the private member ${node.text}`,
        fix: `mark it "private" in TypeScript instead of #, or create the class inside the handler`,
      };
    }
    const entersClass = ts.isClassLike(node) && node !== expression;
    ts.forEachChild(node, (child) => visit(child, insideClass || entersClass));
  };
  if (expression !== undefined && ts.isClassExpression(expression)) {
    const field = expression.members.find((member) => ts.isPropertyDeclaration(member) && !isDeclaredOnly(member));
    if (field !== undefined && !(field.name !== undefined && ts.isPrivateIdentifier(field.name))) {
      return {
        code: "ERR_CAPTURE_CLASS",
        what: `a class with the native field ${field.name?.getText(source) ?? ""}, which would be lost`,
        fix: 'set "useDefineForClassFields": false in tsconfig.json, assign the field in the constructor, or create the class inside the handler',
      };
    }
  }
  visit(source, false);
  return trap;
}

function isDeclaredOnly(member: ts.ClassElement): boolean {
  return ts.canHaveModifiers(member) && member.modifiers?.some((m) => m.kind === ts.SyntaxKind.DeclareKeyword) === true;
}

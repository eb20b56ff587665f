import * as fs from "node:fs";
import * as path from "node:path";

const packages = path.dirname(path.dirname(require.resolve("@pulumi/aws/package.json")));
const texts = new Map<string, string>();

/** A declaration of an interface: its members by name, and what each is of. */
type Members = ReadonlyMap<string, { readonly nested: string | undefined }>;

function textOf(file: string): string {
  const text = texts.get(file) ?? fs.readFileSync(path.join(packages, file), "utf8");
  texts.set(file, text);
  return text;
}

/** The members of an interface, whose own lines have one more step of indentation than its head. */
function membersOf(text: string, name: string, from = 0): Members | undefined {
  const head = new RegExp(`^( *)(?:export )?(?:declare )?interface ${name}(?: extends [^{]*)? \\{$`, "m");
  const match = head.exec(text.slice(from));
  if (match === null) return undefined;
  const indent = match[1] ?? "";
  const start = from + match.index + match[0].length;
  const body = text.slice(start, text.indexOf(`\n${indent}}`, start));
  const member = new RegExp(`^${indent}    (?:readonly )?(\\w+)\\??: (.*)$`, "gm");
  return new Map(
    [...body.matchAll(member)].map(([, key = "", type = ""]) => [key, { nested: /inputs\.([\w.]+)/.exec(type)?.[1] }]),
  );
}

/** The members of a type of the inputs of a package, such as `lambda.FunctionVpcConfig`. */
function nestedMembers(packageName: string, name: string): Members | undefined {
  const text = textOf(`${packageName}/types/input.d.ts`);
  const [own = "", ...namespaces] = name.split(".").reverse();
  const from = namespaces.reverse().reduce((at, each) => {
    const found = text.slice(at).search(new RegExp(`namespace ${each} \\{$`, "m"));
    return found < 0 ? text.length : at + found;
  }, 0);
  return membersOf(text, own, from);
}

/**
 * The names at a path that a type of resource has no input by, according to the types of Pulumi's SDKs: each as
 * `corsRules.allowedHost`, and none where all are known.
 * @param paths names of inputs, or paths into them
 */
export function misspelt(type: string, paths: readonly string[]): string[] {
  // aws:lambda/function:Function, docker-build:index:Image, awsx:ec2:Vpc
  const [packageName = "", module = "", name = ""] = type.split(":");
  const folder = module === "index" ? "" : `${module.split("/")[0]}/`;
  const file = `${packageName}/${folder}${name.charAt(0).toLowerCase()}${name.slice(1)}.d.ts`;
  const args = membersOf(textOf(file), `${name}Args`);
  if (args === undefined) throw new Error(`${file} has no ${name}Args`);
  return paths.filter((each) => {
    let members: Members | undefined = args;
    for (const key of each.split(".")) {
      const found: { nested: string | undefined } | undefined = members?.get(key);
      if (found === undefined) return true;
      members = found.nested === undefined ? undefined : nestedMembers(packageName, found.nested);
    }
    return false;
  });
}

import * as fs from "node:fs";
import * as path from "node:path";
import * as ts from "typescript";

const root = path.resolve(__dirname, "..", "..");

/** An argument of a component, as its docstring describes it. */
export interface DocumentedArgument {
  readonly name: string;
  readonly summary: string;
  readonly defaultValue: string;
}

/** The arguments of an interface that have a default, in the order of the source. */
export function documentedDefaults(file: string, interfaceName: string): DocumentedArgument[] {
  const text = fs.readFileSync(path.join(root, file), "utf8");
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
  const found = source.statements.find(
    (statement): statement is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(statement) && statement.name.text === interfaceName,
  );
  if (found === undefined) throw new Error(`${file} has no interface ${interfaceName}`);
  return found.members.flatMap((member) => {
    const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === "defaultValue");
    if (tag === undefined || member.name === undefined) return [];
    return [
      {
        name: member.name.getText(source),
        summary: summaryOf(member),
        defaultValue: oneLine(ts.getTextOfJSDocComment(tag.comment)),
      },
    ];
  });
}

function summaryOf(member: ts.TypeElement): string {
  const [comment] = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc);
  return oneLine(ts.getTextOfJSDocComment(comment?.comment)).replace(/\{@link ([^}]+)\}/g, "`$1`");
}

function oneLine(text: string | undefined): string {
  return (text ?? "").replace(/\s+/g, " ").trim();
}

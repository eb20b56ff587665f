import * as ts from "typescript";
import { Demand, type DemandAnalysis, type Place } from "./demand";
import type { ProgramModule } from "./program-module";
import { isInstanceField, memberAround } from "./syntax";

/** The code that went into a package, and what it names. */
export class CodeUse {
  public readonly properties = new Set<string>();
  public readonly imports = new Set<string>();
  private readonly accesses = new Map<string, { readonly node: ts.Node; readonly module: ProgramModule }[]>();
  private readonly made = new Set<string>();
  /** Where the code uses of `import.meta` what a package does not have. */
  public readonly importMeta: Place[] = [];
  private readonly demands = new Map<string, Demand>();
  private readonly seen = new Set<ts.Node>();

  public constructor(
    private readonly analysis: DemandAnalysis,
    private readonly changed: () => void,
  ) {}

  public add(node: ts.Node, module: ProgramModule): void {
    if (this.seen.has(node)) return;
    this.seen.add(node);
    const visit = (at: ts.Node): void => {
      if (ts.isPropertyAccessExpression(at)) this.addAccess(at.name.text, at, module);
      if (ts.isElementAccessExpression(at) && ts.isStringLiteralLike(at.argumentExpression)) {
        this.addAccess(at.argumentExpression.text, at, module);
      }
      if (ts.isBindingElement(at) && ts.isObjectBindingPattern(at.parent)) {
        const key = at.propertyName ?? at.name;
        if (ts.isIdentifier(key)) this.addAccess(key.text, at, module);
      }
      if (isUnknownImportMeta(at)) this.importMeta.push({ node: at, module });
      if (ts.isNewExpression(at)) this.made.add(at.expression.getText());
      if (at.kind === ts.SyntaxKind.SuperKeyword || ts.isHeritageClause(at)) this.made.add(at.getText());
      ts.forEachChild(at, visit);
    };
    visit(node);
    this.changed();
  }

  /** What the code does with the properties of a name, wherever it finds them; undefined where it has none. */
  public demandOf(property: string): Demand | undefined {
    const accesses = this.accesses.get(property);
    if (accesses === undefined) return undefined;
    // A method that nothing calls needs nothing.
    const demand = this.demands.get(property) ?? new Demand(this.changed);
    this.demands.set(property, demand);
    for (const { node, module } of accesses) {
      const member = memberAround(node);
      if (member !== undefined && !this.calls(member)) continue;
      if (ts.isBindingElement(node)) this.analysis.addPattern(demand, node, module);
      else this.analysis.add(demand, node, module);
    }
    return demand;
  }

  /** Whether the code may call a member of a class. */
  public calls(member: ts.ClassElement): boolean {
    if (!ts.isConstructorDeclaration(member) && !isInstanceField(member))
      return this.properties.has(member.name?.getText() ?? "");
    const name = member.parent.name?.text;
    return name === undefined || this.made.has(name) || [...this.made].some((each) => each.endsWith(`extends ${name}`));
  }

  private addAccess(name: string, node: ts.Node, module: ProgramModule): void {
    this.properties.add(name);
    this.accesses.set(name, [...(this.accesses.get(name) ?? []), { node, module }]);
  }
}

/** `import.meta`, other than the parts of it that packages have as well. */
function isUnknownImportMeta(node: ts.Node): boolean {
  if (!ts.isMetaProperty(node) || node.keywordToken !== ts.SyntaxKind.ImportKeyword) return false;
  const { parent } = node;
  return !ts.isPropertyAccessExpression(parent) || !/^(url|dirname|filename)$/.test(parent.name.text);
}

/** What calls give to an option: the property of an object among their arguments. */
export function optionsOf(calls: readonly ts.CallExpression[], option: string): (string | undefined)[] {
  return calls.map((call) => {
    const given = call.arguments.flatMap((argument) =>
      ts.isObjectLiteralExpression(argument) ? [...argument.properties] : [],
    );
    const found = given.find((property) => property.name?.getText().replace(/^["']|["']$/g, "") === option);
    const value = found !== undefined && ts.isPropertyAssignment(found) ? found.initializer : undefined;
    return value !== undefined && ts.isStringLiteralLike(value) ? value.text : undefined;
  });
}

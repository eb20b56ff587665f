import { crc32 } from "node:zlib";
import type { Properties, Value } from "../graph/resource";
import { list, text } from "../graph/values";

/** What a statement's action or resource is: one text, or several. */
type Texts = string | readonly string[];
type Principals = "*" | Readonly<Record<string, Texts>>;

interface Statement {
  readonly Sid?: string;
  readonly Effect?: string;
  readonly Action?: Texts;
  readonly NotAction?: Texts;
  readonly Resource?: Texts;
  readonly NotResource?: Texts;
  readonly Principal?: Principals;
  readonly NotPrincipal?: Principals;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Texts>>>>;
}

interface PolicyDocument {
  readonly Version: string;
  readonly Id?: string;
  readonly Statement: readonly Statement[];
}

/**
 * Computes `aws.iam.getPolicyDocument`: the same JSON, byte for byte, as AWS's provider makes
 * (https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document).
 * @throws where the provider refuses the arguments, with its own message
 */
export function policyDocument(args: Properties): Properties {
  for (const unused of ["sourceJson", "overrideJson"]) {
    if (text(args, unused) !== "")
      throw new Error(`expected "${unused}" to be an empty string: it is not used any more`);
  }
  const own = ownDocument(args);
  const documents = [...sourceDocuments(list(args, "sourcePolicyDocuments")), own];
  list(args, "overridePolicyDocuments").forEach((source, index) => {
    if (typeof source === "string" && source !== "")
      documents.push(parseDocument(source, `override document ${index}`));
  });
  const merged = documents.reduce(merge, { Version: "", Statement: [] });
  const ordered = inOrder(merged);
  const json = asGoWrites(JSON.stringify(ordered, undefined, 2));
  return {
    ...args,
    version: own.Version,
    id: String(crc32(json)),
    json,
    minifiedJson: asGoWrites(JSON.stringify(ordered)),
  };
}

function ownDocument(args: Properties): PolicyDocument {
  const version = text(args, "version") || "2012-10-17";
  if (version !== "2012-10-17" && version !== "2008-10-17")
    throw new Error(`expected version to be one of ["2008-10-17" "2012-10-17"], got ${version}`);
  const sids = new Set<string>();
  const statements = list(args, "statements").map((item) => {
    const statement = item as Properties;
    const sid = text(statement, "sid");
    if (!/^[a-zA-Z0-9]*$/.test(sid))
      throw new Error(`invalid value for sid (must only include alphanumeric characters): ${sid}`);
    if (sid !== "" && sids.has(sid))
      throw new Error(
        `writing IAM Policy Document: duplicate Sid (${sid}). Remove the Sid or ensure the Sid is unique.`,
      );
    sids.add(sid);
    return ownStatement(statement, sid, version);
  });
  const id = text(args, "policyId");
  return { Version: version, ...(id === "" ? {} : { Id: id }), Statement: statements };
}

function ownStatement(statement: Properties, sid: string, version: string): Statement {
  const effect = text(statement, "effect") || "Allow";
  if (effect !== "Allow" && effect !== "Deny")
    throw new Error(`expected effect to be one of ["Allow" "Deny"], got ${effect}`);
  const texts = (key: string, hasVariables: boolean): Texts | undefined => {
    const values = asSet(list(statement, key).map(String));
    const read = hasVariables ? values.map((value) => withVariables(value, version, key)) : values;
    return read.length > 1 ? read : read[0];
  };
  const principals = (key: string): Principals | undefined => {
    const found = list(statement, key).map((item): [string, Texts] => {
      const identifiers = asSet(list(item as Properties, "identifiers").map(String)).map((value) =>
        withVariables(value, version, "identifiers"),
      );
      return [text(item as Properties, "type"), identifiers.length === 1 ? (identifiers[0] ?? "") : identifiers];
    });
    return found.length === 0 ? undefined : principalsOf(found);
  };
  return {
    Sid: sid,
    Effect: effect,
    Action: texts("actions", false),
    NotAction: texts("notActions", false),
    Resource: texts("resources", true),
    NotResource: texts("notResources", true),
    Principal: principals("principals"),
    NotPrincipal: principals("notPrincipals"),
    Condition: conditionsOf(
      list(statement, "conditions").map((item) => {
        const condition = item as Properties;
        const values = list(condition, "values").map((value) => withVariables(String(value), version, "values"));
        return [text(condition, "test"), text(condition, "variable"), values];
      }),
    ),
  } as Statement;
}

/** A set of texts, in the order in which the provider writes them: backwards. */
function asSet(values: readonly string[]): string[] {
  return [...new Set(values)].sort().reverse();
}

function principalsOf(entries: readonly (readonly [string, Texts])[]): Principals {
  const [[type, only] = []] = entries;
  if (entries.length === 1 && type === "*" && (only === "*" || (only?.length === 1 && only[0] === "*"))) return "*";
  const byType: Record<string, Texts> = {};
  for (const [type, identifiers] of entries) {
    const before = byType[type];
    const added = typeof identifiers === "string" ? [identifiers] : [...identifiers].sort().reverse();
    if (before === undefined) byType[type] = typeof identifiers === "string" ? identifiers : added;
    else byType[type] = [...(typeof before === "string" ? [before] : before), ...added];
  }
  return byType;
}

function conditionsOf(entries: readonly (readonly [string, string, readonly string[]])[]): Statement["Condition"] {
  if (entries.length === 0) return undefined;
  const tests: Record<string, Record<string, string[]>> = {};
  for (const [test, variable, values] of entries) ((tests[test] ??= {})[variable] ??= []).push(...values);
  const single = (values: string[]): Texts => (values.length === 1 ? (values[0] ?? "") : values);
  return mapValues(tests, (variables) => mapValues(variables, single));
}

/** Variables are written `&{aws:username}` in Terraform, where `${…}` means something else. */
function withVariables(value: string, version: string, key: string): string {
  if (version === "2008-10-17" && value.includes("&{"))
    throw new Error(
      `reading ${key}: found &{ sequence in (${value}), which is not supported in document version 2008-10-17`,
    );
  return value.replaceAll("&{", "${");
}

function sourceDocuments(sources: readonly Value[]): PolicyDocument[] {
  const sids = new Set<string>();
  return sources.flatMap((source, index) => {
    if (typeof source !== "string" || source === "") return [];
    const document = parseDocument(source, `source document ${index}`);
    document.Statement.forEach(({ Sid = "" }, at) => {
      if (Sid !== "" && sids.has(Sid))
        throw new Error(
          `writing IAM Policy Document: merging source document ${index}: duplicate Sid (${Sid}) in source_policy_documents ` +
            `(statement ${at}). Remove the Sid or ensure Sids are unique.`,
        );
      sids.add(Sid);
    });
    return [document];
  });
}

type Written = Omit<Statement, "Principal" | "NotPrincipal" | "Condition"> & {
  readonly Principal?: string | Readonly<Record<string, Texts>>;
  readonly NotPrincipal?: string | Readonly<Record<string, Texts>>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Texts | boolean>>>>;
};

function parseDocument(source: string, which: string): PolicyDocument {
  const fail = (reason: string): Error => new Error(`writing IAM Policy Document: merging ${which}: ${reason}`);
  let parsed: Partial<Omit<PolicyDocument, "Statement">> & { readonly Statement?: unknown };
  try {
    parsed = JSON.parse(source) as typeof parsed;
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error));
  }
  const { Version = "", Id, Statement: statements = [] } = parsed;
  if (!Array.isArray(statements)) throw fail("Statement must be a list");
  return { Version, ...(Id === undefined ? {} : { Id }), Statement: (statements as Written[]).map(parseStatement) };
}

function parseStatement({ Principal, NotPrincipal, Condition, ...others }: Written): Statement {
  const principals = (written: Written["Principal"]): Principals | undefined => {
    if (written === undefined) return undefined;
    return typeof written === "string" ? "*" : principalsOf(Object.entries(written));
  };
  const values = (written: Texts | boolean): string[] =>
    Array.isArray(written) ? [...(written as readonly string[])] : [String(written)];
  return {
    ...others,
    Principal: principals(Principal),
    NotPrincipal: principals(NotPrincipal),
    Condition: conditionsOf(
      Object.entries(Condition ?? {}).flatMap(([test, variables]) =>
        Object.entries(variables).map(([variable, written]) => [test, variable, values(written)] as const),
      ),
    ),
  } as Statement;
}

/** Adds a document's statements: one with a Sid takes the place of the one that has it already. */
function merge(into: PolicyDocument, document: PolicyDocument): PolicyDocument {
  const statements = [...into.Statement];
  for (const statement of document.Statement) {
    const { Sid = "" } = statement;
    const at = Sid === "" ? -1 : statements.findIndex((each) => each.Sid === Sid);
    if (at === -1) statements.push(statement);
    else statements[at] = statement;
  }
  const Id = document.Id || into.Id;
  return {
    Version: document.Version > into.Version ? document.Version : into.Version,
    ...(Id === undefined ? {} : { Id }),
    Statement: statements,
  };
}

const statementKeys = [
  "Sid",
  "Effect",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Principal",
  "NotPrincipal",
  "Condition",
] as const;

/** The document with its keys in the order in which the provider writes them, without what is empty. */
function inOrder({ Version, Id, Statement: statements }: PolicyDocument): object {
  const written = statements.map((statement) =>
    Object.fromEntries(
      statementKeys.flatMap((key) => {
        const value = statement[key];
        if (value === undefined || value === "") return [];
        return [[key, typeof value === "object" && !Array.isArray(value) ? sorted(value) : value]];
      }),
    ),
  );
  return {
    ...(Version === "" ? {} : { Version }),
    ...(Id === undefined || Id === "" ? {} : { Id }),
    ...(written.length === 0 ? {} : { Statement: written }),
  };
}

function sorted(value: object): object {
  return Object.fromEntries(
    Object.entries(value as Record<string, unknown>)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [
        key,
        typeof item === "object" && item !== null && !Array.isArray(item) ? sorted(item) : item,
      ]),
  );
}

function mapValues<From, To>(object: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

/** JSON as Go's encoder writes it: safe to be put into HTML. */
function asGoWrites(json: string): string {
  const escapes: Record<string, string> = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
  };
  return json.replace(/[<>&\u2028\u2029]/g, (found) => escapes[found] ?? found);
}

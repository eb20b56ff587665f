import { show } from "../shared/checks";
import type { Problem } from "../shared/errors";

/** A JSON schema (draft 7), as plain data: https://json-schema.org/draft-07 */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Finds what is wrong with a schema. */
export function checkSchema(whose: string, which: "body" | "query", schema: unknown): Problem[] {
  if (schema === undefined) return [];
  const refuse = (got: string): Problem[] => [
    {
      code: "ERR_ROUTE_SCHEMA",
      message: `${whose} was given a ${which} schema that is none`,
      got,
      fix: 'use a JSON schema (draft 7), like { type: "object", properties: { width: { type: "integer" } }, required: ["width"] }',
    },
  ];
  if (typeof schema !== "object" || schema === null || Array.isArray(schema))
    return refuse(`${which} = ${show(schema)}`);
  try {
    ajvFor(which).compile(schema);
    return [];
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Compiles schemas to the text of a module that exports a check for each: nothing is compiled, and no code is made from
 * text, where requests are answered. Undefined where there is no schema.
 */
export function compileSchemas(schemas: {
  readonly body?: JsonSchema;
  readonly query?: JsonSchema;
}): string | undefined {
  const parts = (["body", "query"] as const).flatMap((which) => {
    const schema = schemas[which];
    if (schema === undefined) return [];
    const ajv = ajvFor(which);
    const standalone = (require("ajv/dist/standalone") as typeof import("ajv/dist/standalone")).default;
    const code = standalone(ajv, ajv.compile(schema));
    return [
      `exports.${which} = (() => { const module = { exports: {} }; const exports = module.exports;\n${code}\nreturn module.exports; })();`,
    ];
  });
  return parts.length === 0 ? undefined : parts.join("\n");
}

/** Loaded when used: most programs have no schema. In a query everything is text, and one value may stand for a list. */
function ajvFor(which: "body" | "query") {
  const { default: Ajv } = require("ajv") as typeof import("ajv");
  const { default: addFormats } = require("ajv-formats") as typeof import("ajv-formats");
  const ajv = new Ajv({
    allErrors: true,
    // A word that is misspelled is an error, but schemas made for other tools have words of their own.
    strict: true,
    strictTypes: false,
    strictRequired: false,
    coerceTypes: which === "query" ? "array" : false,
    code: { source: true, lines: true },
    logger: false,
  });
  addFormats(ajv);
  return ajv;
}

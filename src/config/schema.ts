import { VERSION } from "./file-source.ts";
import type { JsonSchema } from "./json-schema.ts";
import type { Option } from "./option.ts";
import { OPTIONS } from "./options.ts";
import { capital, describeInFile } from "./phrase.ts";
import { STRUCTURED } from "./structured.ts";

/** The configuration file's JSON Schema, made from the table of options: editors complete and check the file with it. */
export function configSchema(): JsonSchema {
  const rows = (Object.values(OPTIONS) as readonly Option<unknown>[]).filter(({ flag }) => flag !== "config");
  const structured = Object.entries(STRUCTURED).map(([key, { help, schema }]) => [key, { description: `${capital(help)}.`, ...schema }]);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "openclaw-edge configuration",
    type: "object",
    properties: {
      $schema: { type: "string", description: "Where this schema is, for editors." },
      version: { const: VERSION, description: "The file's format. Default: the one that this edge reads." },
      ...Object.fromEntries(rows.map((row) => [row.flag, propertyOf(row)])),
      ...Object.fromEntries(structured),
    },
    additionalProperties: false,
  };
}

function propertyOf(row: Option<unknown>): JsonSchema {
  const one: JsonSchema = row.secret ? secret : (row.read.schema ?? { type: "string" });
  const usual = row.fallback === undefined ? {} : { default: valueOf(row, row.fallback) };
  const about = { description: describeInFile(row, true, Object.values(OPTIONS)), ...usual };
  return row.repeatable ? { ...about, anyOf: [one, { type: "array", items: one, minItems: 1 }] } : { ...about, ...one };
}

/** A value as the file has it: a number without quotes where the schema wants a number. */
export function valueOf(row: Option<unknown>, text: string): string | number | boolean {
  const wanted = JSON.stringify(row.read.schema ?? {});
  if (wanted.includes('"boolean"')) return text === "true";
  return wanted.includes('"integer"') && /^\d{1,15}$/.test(text) ? Number(text) : text;
}

const where = (key: "env" | "file", description: string): JsonSchema => ({
  type: "object",
  properties: { [key]: { type: "string", minLength: 1, description } },
  required: [key],
  additionalProperties: false,
});

const secret: JsonSchema = {
  anyOf: [
    { type: "string" },
    where("env", "The environment variable that holds the secret."),
    where("file", "The file that holds the secret, relative to this one."),
  ],
};

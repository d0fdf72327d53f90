import type { JsonSchema } from "./json-schema.ts";

/** A key of the configuration file that holds more than an option can say. Its own file decodes it, from `OptionReader.node`. */
export interface Structured {
  /** What it is for, in one sentence without a full stop. */
  readonly help: string;
  /** What an editor may check of it. */
  readonly schema: JsonSchema;
}

export const STRUCTURED = {
  routes: { help: "what is served besides the Gateway, by host name and path prefix", schema: { type: "array" } },
} as const satisfies Record<string, Structured>;

export type StructuredKey = keyof typeof STRUCTURED;

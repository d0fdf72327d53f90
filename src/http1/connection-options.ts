import type { Fields } from "./fields.ts";
import { tokenList } from "./grammar.ts";

const NONE: readonly string[] = [];
/** What almost every message says, or its absence: no list has to be read for that. */
const USUAL: ReadonlyMap<string, readonly string[]> = new Map(
  ["close", "keep-alive", "Keep-Alive", "upgrade", "Upgrade"].map((option) => [option, [option.toLowerCase()]]),
);

/**
 * The options of a message's Connection fields, in lower case (RFC 9110 §7.6.1): `close`, `upgrade`, and the names of fields that belong
 * to this connection alone. Undefined when they are no list of tokens.
 */
export function connectionOptions(fields: Fields): readonly string[] | undefined {
  const first = fields.keys.indexOf("connection");
  if (first < 0) return NONE;
  const only = fields.keys.indexOf("connection", first + 1) < 0;
  const usual = only ? USUAL.get(fields.values[first] as string) : undefined;
  return usual ?? tokenList(fields.all("connection").join(","));
}

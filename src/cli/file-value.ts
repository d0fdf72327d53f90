import { resolve } from "node:path";

import type { EdgeOptions } from "../config/decode.ts";
import type { Option } from "../config/option.ts";
import { OPTIONS, type OptionName } from "../config/options.ts";
import { valueOf } from "../config/schema.ts";
import type { Flags } from "../config/written.ts";
import { flagOf } from "./command-line.ts";

/** What the command line says of an option, as a configuration file says the same; undefined: nothing. */
export function fileValue(name: OptionName, options: EdgeOptions, flags: Flags): string | undefined {
  const row = OPTIONS[name] as Option<unknown>;
  if (row.secret) return secretValue(row, flags);
  return flags[row.flag] === undefined ? undefined : writtenValue(name, row, options);
}

function writtenValue(name: OptionName, row: Option<unknown>, options: EdgeOptions): string {
  const values = options.all(name).map((value, index) => {
    const text = options.written(name)[index]?.text.trim() ?? "";
    // Paths in a file are relative to it, so that they are written as what they mean here.
    return row.write?.(value) ?? (typeof value === "string" ? value : valueOf(row, text));
  });
  return spaced(row.repeatable ? values : values[0]);
}

/** A secret stays in its file, and its file is named. */
function secretValue(row: Option<unknown>, flags: Flags): string | undefined {
  const files = (flags[flagOf(row)] ?? []).map((path) => ({ file: resolve(path) }));
  return files.length === 0 ? undefined : spaced(row.repeatable ? files : files[0]);
}

/** JSON on one line as a person writes it. */
export function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, member]) => `${JSON.stringify(key)}: ${spaced(member)}`)
    .join(", ")} }`;
}

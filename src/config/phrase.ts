import type { Option } from "./option.ts";
import { variable, type Origin } from "./written.ts";

/**
 * A message that speaks of flags, in the words of the place where the mistake is: `--https-port 8443` is `"https-port": 8443` in a file,
 * and `OPENCLAW_EDGE_HTTPS_PORT=8443` in the environment.
 */
export function inWordsOf(origin: Origin, message: string, rows: readonly Option<unknown>[]): string {
  if (origin.kind === "flag") return message;
  const written = message.replaceAll(/--([a-z][a-z0-9-]*)(?: ([^\s,;]*[^\s,;.:)]))?/g, (whole, flag: string, word: string | undefined) => {
    const row = rows.find((one) => (one.secret ? `${one.flag}-file` : one.flag) === flag);
    if (row === undefined) return whole;
    if (row.secret) return origin.kind === "environment" ? variable(row.flag) : `"${row.flag}"`;
    const value = word !== undefined && isValue(word, row) ? word : undefined;
    const rest = word !== undefined && value === undefined ? ` ${word}` : "";
    if (origin.kind === "environment") return `${variable(flag)}${value === undefined ? "" : `=${value}`}${rest}`;
    return `"${flag}"${value === undefined ? "" : `: ${inFile(value, row)}`}${rest}`;
  });
  // What stood side by side on the command line has a comma between in a file.
  return origin.kind === "file" ? written.replaceAll(/(": (?:"[^"]*"|\d+)) (?=")/g, "$1, ") : written;
}

/** Not the sentence's next word: `--cert and --key`. */
const isValue = (word: string, row: Option<unknown>): boolean =>
  row.value !== undefined && (/[^a-z]/.test(word) || row.range.includes(`\`${word}\``));

const inFile = (value: string, row: Option<unknown>): string =>
  row.read.schema !== undefined && JSON.stringify(row.read.schema).includes('"integer"') && /^\d+$/.test(value)
    ? value
    : JSON.stringify(value);

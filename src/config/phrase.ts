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

/** What an option is for, its values and its default, as a comment in the file says it. */
export function describeInFile(row: Option<unknown>, withReason: boolean, rows: readonly Option<unknown>[]): string {
  const [word = ""] = row.help.split(/\W/, 1);
  // A value of the option's own is not capitalised.
  const help = row.range.includes(`\`${word}\``) ? row.help : capital(row.help);
  // A number or a duration says it by its default.
  const isPlain = row.fallback !== undefined && !row.range.includes("`");
  const parts = [
    help,
    ...(withReason ? [capital(row.reason)] : []),
    ...(isPlain && !withReason ? [] : [`Values: ${row.range}`]),
    `Default: ${row.default}`,
  ];
  return inWordsOf(IN_FILE, `${parts.join(". ")}.`, rows).replaceAll("`", "");
}

const IN_FILE: Origin = { kind: "file", place: { file: "", line: 1, column: 1, path: "" } };

export const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

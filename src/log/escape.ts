const UNSAFE = /[^ -~]|["\\]/;
const EVERY_UNSAFE = /[^ -~]|["\\]/g;

/**
 * A string that somebody else chose, as a JSON string. Everything outside printable ASCII is escaped, so that neither a
 * log's reader nor a terminal takes it for an instruction (log injection, escape sequences, bidirectional overrides).
 */
export function quoted(text: string): string {
  return UNSAFE.test(text) ? `"${text.replaceAll(EVERY_UNSAFE, escapeUnit)}"` : `"${text}"`;
}

/** The same for a line without quotes. A quotation mark needs no escape there. */
export function printable(text: string): string {
  return UNSAFE.test(text) ? text.replaceAll(EVERY_UNSAFE, (unit) => (unit === '"' ? unit : escapeUnit(unit))) : text;
}

function escapeUnit(unit: string): string {
  if (unit === '"' || unit === "\\") return `\\${unit}`;
  // Without the u flag a match is one UTF-16 unit, which is just what a JSON escape holds.
  return String.raw`\u` + unit.charCodeAt(0).toString(16).padStart(4, "0");
}

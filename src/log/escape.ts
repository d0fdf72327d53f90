const UNSAFE = /[^ -~]|\\/;
const EVERY_UNSAFE = /[^ -~]|\\/g;

/**
 * A string that somebody else chose, for a line that a person reads. Everything outside printable ASCII is escaped, so that a terminal
 * does not take it for an instruction (escape sequences, bidirectional overrides).
 */
export function printable(text: string): string {
  return UNSAFE.test(text) ? text.replaceAll(EVERY_UNSAFE, escapeUnit) : text;
}

/** Without the u flag a match is one UTF-16 unit, which is just what such an escape holds. */
function escapeUnit(unit: string): string {
  return unit === "\\" ? "\\\\" : String.raw`\u` + unit.charCodeAt(0).toString(16).padStart(4, "0");
}

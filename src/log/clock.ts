import type { LineWriter } from "./line.ts";

let second = -1;
let text = "";

/** ISO 8601 in UTC with milliseconds. */
export function timestamp(now: number = Date.now()): string {
  return `${untilPoint(now)}${String(Math.floor(now % 1_000)).padStart(3, "0")}Z`;
}

/** The same into a line, piece by piece: one string of them would have to be put together first. */
export function writeTimestamp(line: LineWriter): void {
  const now = Date.now();
  const rest = now % 1_000;
  line
    .raw(untilPoint(now))
    .raw(rest < 10 ? "00" : rest < 100 ? "0" : "")
    .number(rest)
    .raw("Z");
}

/** All of it that changes once a second: formatting a date costs a microsecond. */
function untilPoint(now: number): string {
  const current = Math.floor(now / 1_000);
  if (current !== second) {
    second = current;
    text = new Date(current * 1_000).toISOString().slice(0, 20);
  }
  return text;
}

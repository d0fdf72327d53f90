import { writeTimestamp } from "./clock.ts";
import type { LineWriter } from "./line.ts";
import type { ExchangeRecord, FailedSignIn, SignIn } from "./log.ts";
import { maskTarget } from "./mask.ts";

/** Characters of a method that are written: a token may be as long as the head. */
export const LONGEST_METHOD = 32;
/** Characters of a host that are written: no name is longer. */
export const LONGEST_HOST = 255;
/** Characters of anything else that is written. */
const LONGEST = 64;
/** Octets of the longest line: every character of a target, a host, a method and four other strings escaped as six, and what stands around. */
export const LONGEST_LINE = 16_384;

/** One exchange as one line of JSON, in the field order that a person reads it in. */
export function writeExchange(line: LineWriter, record: ExchangeRecord): void {
  begin(line, "info", "exchange", record.id);
  line.raw(',"client":').quoted(bounded(record.client)).raw(',"user":');
  optional(line, record.user);
  if (record.exemption !== undefined) line.raw(',"exemption":').quoted(record.exemption);
  line.raw(',"method":').quoted(bounded(record.method, LONGEST_METHOD)).raw(',"host":').quoted(bounded(record.host, LONGEST_HOST));
  line.raw(',"path":').quoted(maskTarget(record.target)).raw(',"status":').number(record.status);
  line.raw(',"received":').number(record.received).raw(',"sent":').number(record.sent).raw(',"first_byte_ms":');
  if (record.firstByte === undefined) line.raw("null");
  else milliseconds(line, record.firstByte);
  line.raw(',"duration_ms":');
  milliseconds(line, record.duration);
  line.raw(',"tls":');
  optional(line, record.tls);
  if (record.code !== undefined) line.raw(',"code":').quoted(record.code);
  line.raw("}\n");
}

export function writeSignIn(line: LineWriter, event: SignIn): void {
  begin(line, "info", "signed_in", event.id);
  line.raw(',"client":').quoted(bounded(event.client)).raw(',"user":').quoted(bounded(event.user)).raw("}\n");
}

/** A failed sign-in as an event of its own, so that a ban tool can follow it without reading every exchange. */
export function writeFailedSignIn(line: LineWriter, event: FailedSignIn): void {
  begin(line, "warn", "sign_in_failed", event.id);
  line.raw(',"client":').quoted(bounded(event.client)).raw(',"method":').quoted(bounded(event.method, LONGEST_METHOD));
  line.raw(',"reason":').quoted(bounded(event.reason)).raw(',"user":');
  optional(line, event.user);
  line.raw("}\n");
}

function begin(line: LineWriter, level: "info" | "warn", event: string, id: string): void {
  line.raw('{"level":"').raw(level).raw('","time":"');
  writeTimestamp(line);
  line.raw('","event":"').raw(event).raw('","id":').quoted(bounded(id));
}

function optional(line: LineWriter, text: string | undefined): void {
  if (text === undefined) line.raw("null");
  else line.quoted(bounded(text));
}

function bounded(text: string, most = LONGEST): string {
  return text.length <= most ? text : text.slice(0, most);
}

/** Tenths of a millisecond are what a reader can use. Written from two integers, which costs half of what a fraction does. */
function milliseconds(line: LineWriter, value: number): void {
  const tenths = Math.round(value * 10);
  const rest = tenths % 10;
  line.number((tenths - rest) / 10);
  if (rest !== 0) line.raw(".").number(rest);
}

import { styleText } from "node:util";

import { LONGEST_HOST, LONGEST_METHOD } from "./access.ts";
import { timestamp } from "./clock.ts";
import { printable } from "./escape.ts";
import type { CertificateEvent, ExchangeRecord, FailedSignIn, SignIn } from "./log.ts";
import { maskTarget } from "./mask.ts";

export type Level = "info" | "warn" | "error";
type Colour = "green" | "cyan" | "yellow" | "red" | "dim" | "bold";
type Paint = (colour: Colour, text: string) => string;

/** The lines a person reads on a terminal. Each ends in LF; nothing that a client sent can move the cursor. */
export interface TextLines {
  exchange(record: ExchangeRecord): string;
  signedIn(event: SignIn): string;
  failedSignIn(event: FailedSignIn): string;
  certificate(event: CertificateEvent): string;
  message(level: Level, message: string, details: Readonly<Record<string, unknown>> | undefined): string;
}

export function textLines(colours: boolean): TextLines {
  const paint: Paint = colours ? (colour, text) => styleText(colour, text, { validateStream: false }) : (_, text) => text;
  return {
    exchange: (record) => exchange(record, paint),
    signedIn: (event) =>
      `${clock(paint)} ${paint("green", "signed in")}  ${printable(event.user.slice(0, 64))} from ${printable(event.client)}${paint("dim", `  #${printable(event.id)}`)}\n`,
    failedSignIn: (event) =>
      `${clock(paint)} ${paint("yellow", "sign-in failed")}  ${event.user === undefined ? "unknown name" : printable(event.user.slice(0, 64))}` +
      ` from ${printable(event.client)}, ${printable(event.method)}: ${printable(event.reason.slice(0, 64))}${paint("dim", `  #${printable(event.id)}`)}\n`,
    certificate: ({ name, result, ca, expires, code }) =>
      `${clock(paint)} ${paint(result === "obtained" ? "green" : "yellow", `certificate ${result}`)}  ${printable(name)}${described({ ca, expires, code }, paint)}\n`,
    message: (level, message, details) => `${clock(paint)} ${mark(level, paint)}${printable(message)}${described(details, paint)}\n`,
  };
}

function exchange(record: ExchangeRecord, paint: Paint): string {
  const status = paint(statusColour(record.status), record.status === 0 ? "---" : String(record.status));
  const method = printable(record.method.slice(0, LONGEST_METHOD)).padEnd(4);
  const address = `${paint("dim", printable(record.host.slice(0, LONGEST_HOST)))}${printable(maskTarget(record.target))}`;
  const who = `${record.user === undefined ? (record.exemption ?? "-") : printable(record.user)} ${printable(record.client)}`;
  const time = `${duration(record.duration)}${record.firstByte === undefined ? "" : ` (first byte ${duration(record.firstByte)})`}`;
  const size = `${octets(record.sent)}${record.received === 0 ? "" : ` (in ${octets(record.received)})`}`;
  const cost = `${time}, ${size}${record.tls === undefined ? "" : `, ${record.tls}`}`;
  const code = record.code === undefined ? "" : `  ${paint("yellow", record.code)}`;
  return `${clock(paint)} ${status} ${method} ${address}  ${who}  ${paint("dim", `${cost}  #${printable(record.id)}`)}${code}\n`;
}

const clock = (paint: Paint): string => paint("dim", timestamp().slice(11, 23));

function mark(level: Level, paint: Paint): string {
  if (level === "info") return "";
  return level === "warn" ? `${paint("yellow", "warning")} ` : `${paint("red", "error")} `;
}

function described(details: Readonly<Record<string, unknown>> | undefined, paint: Paint): string {
  if (details === undefined) return "";
  const parts = Object.entries(details).filter(([, value]) => value !== undefined);
  if (parts.length === 0) return "";
  const text = parts.map(([name, value]) => `${name}=${typeof value === "string" ? printable(value) : printable(JSON.stringify(value))}`);
  return `  ${paint("dim", text.join(" "))}`;
}

function statusColour(status: number): Colour {
  if (status === 0 || status >= 500) return "red";
  if (status >= 400) return "yellow";
  return status >= 300 ? "cyan" : "green";
}

function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  return milliseconds < 3_600_000 ? `${Math.round(milliseconds / 60_000)} min` : `${(milliseconds / 3_600_000).toFixed(1)} h`;
}

function octets(count: number): string {
  if (count < 1_000) return `${count} B`;
  if (count < 1_000_000) return `${(count / 1_000).toFixed(1)} kB`;
  return count < 1e9 ? `${(count / 1e6).toFixed(1)} MB` : `${(count / 1e9).toFixed(2)} GB`;
}

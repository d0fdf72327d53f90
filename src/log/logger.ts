import { writeExchange, writeFailedSignIn, writeSignIn } from "./access.ts";
import { timestamp } from "./clock.ts";
import { openDestination } from "./destination.ts";
import { fit } from "./details.ts";
import type { Log } from "./log.ts";
import { textLines } from "./text.ts";

const DROPPED = "Lines were dropped: whoever reads this log was too slow.";

export interface LogOptions {
  /** JSON for machines, text for a person at a terminal. */
  readonly format: "json" | "text";
  /** File descriptor. Default 1, standard output. */
  readonly destination?: number;
  /** Colours in text. Default false. */
  readonly colours?: boolean;
  /** Octets gathered before they are written. Default 98,304: one write for about three hundred exchanges. */
  readonly buffer?: number;
}

/**
 * The log. Every line goes through one buffered destination, so lines keep their order; a closed standard output silences
 * the log and nothing else; buffered lines are written when the process exits.
 */
export function createLog(options: LogOptions): Log {
  const lines = textLines(options.colours ?? false);
  const { write, line, flush } = openDestination(options.destination ?? 1, {
    buffer: options.buffer ?? 98_304,
    dropped: (count) =>
      options.format === "text"
        ? lines.message("warn", DROPPED, { count })
        : `{"level":"warn","time":"${timestamp()}","message":"${DROPPED}","count":${count}}\n`,
  });

  if (options.format === "text") {
    const message = (level: "info" | "warn" | "error") => (text: string, details?: Readonly<Record<string, unknown>>) =>
      write(lines.message(level, text, details && fit(details)));
    return {
      exchange: (record) => write(lines.exchange(record)),
      signedIn: (event) => write(lines.signedIn(event)),
      failedSignIn: (event) => write(lines.failedSignIn(event)),
      certificate: (event) => write(lines.certificate(event)),
      info: message("info"),
      warn: message("warn"),
      error: message("error"),
      flush,
    };
  }

  const message = (level: "info" | "warn" | "error") => (text: string, details?: Readonly<Record<string, unknown>>) =>
    write(`${JSON.stringify({ level, time: timestamp(), ...(details && fit(details)), message: text })}\n`);
  return {
    exchange: (record) => line((writer) => writeExchange(writer, record)),
    signedIn: (event) => line((writer) => writeSignIn(writer, event)),
    failedSignIn: (event) => line((writer) => writeFailedSignIn(writer, event)),
    certificate: ({ name, result, ca, expires, code }) =>
      write(
        `${JSON.stringify({ level: result === "obtained" ? "info" : "warn", time: timestamp(), event: `certificate_${result}`, name, ca, expires, code })}\n`,
      ),
    info: message("info"),
    warn: message("warn"),
    error: message("error"),
    flush,
  };
}

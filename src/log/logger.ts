import { pino } from "pino";

import { exchangeLine, failedSignInLine } from "./access.ts";
import { timestamp } from "./clock.ts";
import { fit } from "./details.ts";
import type { Log } from "./log.ts";
import { textLines } from "./text.ts";

export interface LogOptions {
  /** JSON for machines, text for a person at a terminal. */
  readonly format: "json" | "text";
  /** File descriptor. Default 1, standard output. */
  readonly destination?: number;
  /** Colours in text. Default false. */
  readonly colours?: boolean;
  /** Octets gathered before they are written. Default 8,192: one write for about thirty exchanges. */
  readonly buffer?: number;
}

/** Milliseconds after which buffered lines are written however few they are: the longest wait of somebody who follows the log. */
const FLUSH_EVERY = 500;
/** Characters kept for a reader that has stopped reading; what comes beyond them is dropped, and the edge lives on. */
const MOST_PENDING = 16 * 1_048_576;

/**
 * The log on pino's buffered destination. Every line goes through that one destination, so lines keep their order.
 * A closed standard output (EPIPE) silences the log and nothing else; buffered lines are written when the process exits.
 */
export function createLog(options: LogOptions): Log {
  const destination = pino.destination({
    dest: options.destination ?? 1,
    sync: false,
    minLength: options.buffer ?? 8_192,
    maxLength: MOST_PENDING,
    periodicFlush: FLUSH_EVERY,
  });
  // EPIPE is handled by pino; any other failure to write must not end the process either.
  destination.on("error", () => {});
  const write = (line: string): void => void destination.write(line);
  const flush = (): void => {
    try {
      destination.flushSync();
    } catch {
      // Nobody reads any more: there is no place left to say so.
    }
  };

  if (options.format === "text") {
    const lines = textLines(options.colours ?? false);
    const message = (level: "info" | "warn" | "error") => (text: string, details?: Readonly<Record<string, unknown>>) =>
      write(lines.message(level, text, details && fit(details)));
    return {
      exchange: (record) => write(lines.exchange(record)),
      failedSignIn: (event) => write(lines.failedSignIn(event)),
      info: message("info"),
      warn: message("warn"),
      error: message("error"),
      flush,
    };
  }

  const logger = pino(
    {
      base: null,
      messageKey: "message",
      timestamp: () => `,"time":"${timestamp()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return {
    exchange: (record) => write(exchangeLine(record)),
    failedSignIn: (event) => write(failedSignInLine(event)),
    info: (message, details) => logger.info(fit(details ?? {}), message),
    warn: (message, details) => logger.warn(fit(details ?? {}), message),
    error: (message, details) => logger.error(fit(details ?? {}), message),
    flush,
  };
}

import type { Log } from "../../src/log/log.ts";

export interface Entry {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A log that keeps what was said. */
export interface RecordingLog extends Log {
  readonly entries: Entry[];
  /** Everything said on a level, one message a line. */
  said(level: Entry["level"]): string;
}

export function recordingLog(): RecordingLog {
  const entries: Entry[] = [];
  const keep = (level: Entry["level"]) => (message: string, details: Readonly<Record<string, unknown>> = {}) => {
    entries.push({ level, message, details });
  };
  return {
    entries,
    said: (level) =>
      entries
        .filter((entry) => entry.level === level)
        .map((entry) => entry.message)
        .join("\n"),
    exchange: () => {},
    failedSignIn: () => {},
    info: keep("info"),
    warn: keep("warn"),
    error: keep("error"),
    flush: () => {},
  };
}

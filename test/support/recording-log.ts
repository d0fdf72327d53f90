import type { ExchangeRecord, FailedSignIn, Log, SignIn } from "../../src/log/log.ts";

export interface Entry {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A log that keeps what was said. */
export interface RecordingLog extends Log {
  readonly entries: Entry[];
  readonly exchanges: ExchangeRecord[];
  readonly failedSignIns: FailedSignIn[];
  readonly signIns: SignIn[];
  /** Everything said on a level, one message a line. */
  said(level: Entry["level"]): string;
}

export function recordingLog(): RecordingLog {
  const entries: Entry[] = [];
  const exchanges: ExchangeRecord[] = [];
  const failedSignIns: FailedSignIn[] = [];
  const signIns: SignIn[] = [];
  const keep =
    (level: Entry["level"]) =>
    (message: string, details: Readonly<Record<string, unknown>> = {}) => {
      entries.push({ level, message, details });
    };
  return {
    entries,
    exchanges,
    failedSignIns,
    signIns,
    said: (level) =>
      entries
        .filter((entry) => entry.level === level)
        .map((entry) => entry.message)
        .join("\n"),
    exchange: (record) => void exchanges.push(record),
    signedIn: (event) => void signIns.push(event),
    failedSignIn: (event) => void failedSignIns.push(event),
    info: keep("info"),
    warn: keep("warn"),
    error: keep("error"),
    flush: () => {},
  };
}

import type { CertificateEvent, ExchangeRecord, FailedSignIn, Log, SignIn } from "../../src/log/log.ts";

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
  readonly certificates: CertificateEvent[];
  /** Everything said on a level, one message a line. */
  said(level: Entry["level"]): string;
  count(level: Entry["level"]): number;
}

export function recordingLog(): RecordingLog {
  const entries: Entry[] = [];
  const exchanges: ExchangeRecord[] = [];
  const failedSignIns: FailedSignIn[] = [];
  const signIns: SignIn[] = [];
  const certificates: CertificateEvent[] = [];
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
    certificates,
    said: (level) =>
      entries
        .filter((entry) => entry.level === level)
        .map((entry) => entry.message)
        .join("\n"),
    count: (level) => entries.filter((entry) => entry.level === level).length,
    exchange: (record) => void exchanges.push(record),
    certificate: (event) => void certificates.push(event),
    signedIn: (event) => void signIns.push(event),
    failedSignIn: (event) => void failedSignIns.push(event),
    info: keep("info"),
    warn: keep("warn"),
    error: keep("error"),
    flush: () => {},
  };
}

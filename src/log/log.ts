/** What the house says to its operator. Types only; `logger.ts` implements them. */
import type { SignInMethod } from "../auth/user.ts";
import type { ErrorCode } from "../errors.ts";

/** One finished exchange: one line, whatever became of it. No secret ever: the writer masks path segments and query values. */
export interface ExchangeRecord {
  readonly id: string;
  readonly client: string;
  readonly user: string | undefined;
  /** The name of what let it go without a sign-in. */
  readonly exemption?: string | undefined;
  /** How the user had proved who they are; undefined: nobody was signed in. */
  readonly signIn: SignInMethod | undefined;
  readonly method: string;
  readonly host: string;
  /** The request target as sent; the log masks it. */
  readonly target: string;
  /** 0: the client left, or was cut, before an answer began. */
  readonly status: number;
  /** Body octets from the client (for a tunnel: everything after the handshake). */
  readonly received: number;
  /** Body octets to the client. */
  readonly sent: number;
  /** Milliseconds from the end of the request head to the first octet of the answer; undefined: there was none. */
  readonly firstByte: number | undefined;
  /** Milliseconds from the end of the request head to the end of the exchange. */
  readonly duration: number;
  /** `TLSv1.3`, `TLSv1.2`, or undefined for plain HTTP. */
  readonly tls: string | undefined;
  readonly code: ErrorCode | undefined;
}

export interface FailedSignIn {
  readonly id: string;
  readonly client: string;
  readonly method: string;
  readonly reason: string;
  /** The name that was tried, and only if such a user exists: a password typed into the name field must not reach the log. */
  readonly user: string | undefined;
}

/** A password was compared and is right. Later requests of the same client are no sign-ins. */
export interface SignIn {
  readonly id: string;
  readonly client: string;
  readonly user: string;
}

/** The edge obtained or renewed a certificate by itself, or tried to. */
export interface CertificateEvent {
  readonly name: string;
  readonly result: "obtained" | "failed";
  /** As the operator calls the CA. */
  readonly ca: string | undefined;
  /** ISO 8601. */
  readonly expires?: string | undefined;
  /** What went wrong, as a fixed code. */
  readonly code?: string | undefined;
}

export interface Log {
  exchange(record: ExchangeRecord): void;
  signedIn(event: SignIn): void;
  failedSignIn(event: FailedSignIn): void;
  certificate(event: CertificateEvent): void;
  info(message: string, details?: Readonly<Record<string, unknown>>): void;
  warn(message: string, details?: Readonly<Record<string, unknown>>): void;
  error(message: string, details?: Readonly<Record<string, unknown>>): void;
  /** Writes out what is buffered. */
  flush(): void;
}

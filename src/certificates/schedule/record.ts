/** What is remembered on disk of a certificate's renewal: when it is due, what failed, and how long to wait. */
import type { FailureCode, Stage } from "../acme/contract.ts";
import { LONGEST_WAIT } from "./backoff.ts";

/** Why an attempt failed: a CA's reason, or one of our own. */
export type RenewalFailureCode =
  | FailureCode
  /** This machine's clock and the CA's are more than an hour apart. */
  | "clockWrong"
  /** Another order now would come near the CA's rate limits; nothing was sent. */
  | "limitReached";

export interface RenewalFailure {
  /** The CA's name in the configuration; `this machine` where it was no CA's fault. */
  readonly server: string;
  /** It failed at the CA's staging. */
  readonly staging: boolean;
  readonly stage: Stage;
  readonly code: RenewalFailureCode;
  /** One line, possibly of a stranger's making: for logs and `certs list` alone. */
  readonly detail: string;
}

export interface RenewalRecord {
  /** The certificate that the first part is about. Another one voids that part. */
  readonly certificate: string | undefined;
  /** URL of the directory that it came from. */
  readonly issuer: string | undefined;
  /** What the CA suggests, and the moment in it that was drawn. */
  readonly window: { readonly start: number; readonly end: number; readonly moment: number; readonly explanation?: string } | undefined;
  /** When the CA is asked for its window again; 0: now. */
  readonly pollAt: number;
  /** Which alarms were given: at a third of the life left, at a sixth, at the end. */
  readonly alarms: number;

  /** Begun and not ended: somebody is at it, or was killed at it. `directory`: where it was. */
  readonly attempt: { readonly at: number; readonly directory: string | undefined } | undefined;
  /** How many attempts in a row were cut off. */
  readonly interruptions: number;
  /** Failures since the last success. */
  readonly failures: { readonly count: number; readonly at: number; readonly next: number; readonly last: RenewalFailure } | undefined;
  /** Directories where the next order waits for a success at the CA's staging. */
  readonly prove: readonly string[];
  /** Until when a directory wants to be left alone. */
  readonly pauses: Readonly<Record<string, number>>;
}

export const NEW_RECORD: RenewalRecord = {
  certificate: undefined,
  issuer: undefined,
  window: undefined,
  pollAt: 0,
  alarms: 0,
  attempt: undefined,
  interruptions: 0,
  failures: undefined,
  prove: [],
  pauses: {},
};

const DAY = 86_400_000;
/** The longest Retry-After that is believed. */
const LONGEST_PAUSE = 7 * DAY;

export const writeRecord = (record: RenewalRecord): string => `${JSON.stringify(record, undefined, 2)}\n`;

/** The same without the waits that only a wrong clock can have brought about: nothing is put off for years because it was years ahead once. */
export function plausible(record: RenewalRecord, now: number): RenewalRecord {
  const { pollAt, attempt, failures, pauses } = record;
  return {
    ...record,
    pollAt: pollAt > now + DAY ? 0 : pollAt,
    attempt: attempt && { ...attempt, at: Math.min(attempt.at, now) },
    failures: failures && {
      ...failures,
      at: Math.min(failures.at, now),
      // Failed in the future: the clock was wrong, and for how long to wait nobody knows any more.
      next: failures.at > now ? now : Math.min(failures.next, failures.at + LONGEST_WAIT),
    },
    pauses: Object.fromEntries(Object.entries(pauses).filter(([, until]) => until > now && until <= now + LONGEST_PAUSE)),
  };
}

/** What was written; undefined: it is damaged. */
export function readRecord(text: string): RenewalRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const found = object(value);
  if (found === undefined) return undefined;
  const attempt = object(found["attempt"]);
  const window = object(found["window"]);
  const failures = object(found["failures"]);
  return {
    certificate: string(found["certificate"]),
    issuer: string(found["issuer"]),
    window: window && readWindow(window),
    pollAt: number(found["pollAt"]) ?? 0,
    alarms: number(found["alarms"]) ?? 0,
    attempt: attempt && { at: number(attempt["at"]) ?? 0, directory: string(attempt["directory"]) },
    interruptions: number(found["interruptions"]) ?? 0,
    failures: failures && readFailures(failures),
    prove: Array.isArray(found["prove"]) ? found["prove"].filter((url) => typeof url === "string") : [],
    pauses: Object.fromEntries(
      Object.entries(object(found["pauses"]) ?? {}).flatMap(([url, until]) => {
        const at = number(until);
        return at === undefined ? [] : [[url, at]];
      }),
    ),
  };
}

function readFailures(failures: Readonly<Record<string, unknown>>): RenewalRecord["failures"] {
  const last = object(failures["last"]);
  const [count, at, next] = [number(failures["count"]), number(failures["at"]), number(failures["next"])];
  if (count === undefined || at === undefined || next === undefined || last === undefined) return undefined;
  return {
    count,
    at,
    next,
    last: {
      server: string(last["server"]) ?? "",
      staging: last["staging"] === true,
      stage: (string(last["stage"]) ?? "local") as Stage,
      code: readCode(last["code"]),
      detail: string(last["detail"]) ?? "",
    },
  };
}

/** It goes into notifications: a word it is, whoever may have written in the file. */
const readCode = (code: unknown): RenewalFailureCode =>
  typeof code === "string" && /^[A-Za-z]{1,40}$/.test(code) ? (code as RenewalFailureCode) : "unknownError";

function readWindow(window: Readonly<Record<string, unknown>>): RenewalRecord["window"] {
  const [start, end, drawn] = [number(window["start"]), number(window["end"]), number(window["moment"])];
  const explanation = string(window["explanation"]);
  if (start === undefined || end === undefined || drawn === undefined) return undefined;
  return { start, end, moment: drawn, ...(explanation !== undefined && { explanation }) };
}

const object = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
const number = (value: unknown): number | undefined => (typeof value === "number" && Number.isFinite(value) ? value : undefined);
const string = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

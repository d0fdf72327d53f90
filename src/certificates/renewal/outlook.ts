/** What is known of a certificate and its renewal, and what follows from it. Pure. */
import type { AcmeServer } from "../../config/acme-settings.ts";
import { retryDelay } from "../schedule/backoff.ts";
import { backstop, type Lifetime } from "../schedule/renewal-moment.ts";
import type { RenewalRecord } from "../schedule/record.ts";
import type { StoredCertificate } from "../stored-certificate.ts";

/** The CAs that are asked. */
interface Asked {
  readonly servers: readonly Pick<AcmeServer, "directory">[];
}

export interface Outlook {
  /** Undefined: there is none. */
  readonly stored: StoredCertificate | undefined;
  readonly record: RenewalRecord;
  /** What this machine itself failed at since it last got anywhere. The record may not have it: it is the disk that fails. */
  readonly trouble?: RenewalRecord["failures"];
}

export const lifetimeOf = ({ leaf }: StoredCertificate): Lifetime => ({
  notBefore: leaf.validFromDate.getTime(),
  notAfter: leaf.validToDate.getTime(),
});

/** When a certificate is wanted, whether or not it can be had: 0 at once. */
export function wantedAt({ stored, record }: Outlook, settings: Asked): number {
  if (stored === undefined) return 0;
  // Another CA is configured now: a certificate of a staging must not outlive the trial.
  if (record.issuer !== undefined && !settings.servers.some(({ directory }) => directory === record.issuer)) return 0;
  return record.window?.moment ?? backstop(lifetimeOf(stored));
}

/** Until when nothing may be tried: after a failure, after being killed at it, and as long as every CA wants to be left alone. */
export function waitUntil({ record }: Outlook, settings: Asked): number {
  const { attempt, interruptions, failures } = record;
  // Killed once is taken up again at once. Killed again and again is a loop.
  const interrupted = attempt === undefined || interruptions === 0 ? 0 : attempt.at + retryDelay(interruptions, 0);
  return Math.max(failures?.next ?? 0, interrupted, pausedUntil(record, settings));
}

export function pausedUntil({ pauses }: RenewalRecord, settings: Asked): number {
  const until = settings.servers.map(({ directory }) => pauses[directory] ?? 0);
  return until.length === 0 ? 0 : Math.min(...until);
}

/** When the next attempt is due. */
export const attemptAt = (outlook: Outlook, settings: Asked): number => Math.max(wantedAt(outlook, settings), waitUntil(outlook, settings));

/** When the CA is to be asked for its window; Infinity where there is nobody to ask. */
export function pollAt({ stored, record }: Outlook, settings: Asked): number {
  const known = settings.servers.some(({ directory }) => directory === record.issuer);
  return stored === undefined || !known ? Infinity : record.pollAt;
}

/** What an operator hears of: what failed last, be it the CAs or this machine. */
export const failuresOf = ({ record, trouble }: Outlook): RenewalRecord["failures"] => trouble ?? record.failures;

/** How often in a row it came to nothing; an attempt in which this process was killed is one. */
const misses = ({ record, trouble }: Outlook): number => (record.failures?.count ?? 0) + (trouble?.count ?? 0) + record.interruptions;

/** How bad it is: 0 nothing, 1 a third of the life is left, 2 a sixth, 3 it has expired. Without a certificate: 1 after four misses. */
export type Alarm = 0 | 1 | 2 | 3;

/** A certificate that is being renewed as it should alarms nobody: only what comes to nothing does. */
export function alarmOf(outlook: Outlook, now: number): Alarm {
  const { stored } = outlook;
  if (misses(outlook) === 0) return 0;
  if (stored === undefined) return misses(outlook) >= 4 ? 1 : 0;
  const [third, sixth, end] = thresholds(lifetimeOf(stored));
  return now >= end ? 3 : now >= sixth ? 2 : now >= third ? 1 : 0;
}

/** When the next alarm would be given. */
export function nextAlarmAt(outlook: Outlook, now: number): number {
  const { stored } = outlook;
  if (stored === undefined || misses(outlook) === 0) return Infinity;
  return thresholds(lifetimeOf(stored)).find((moment) => moment > now) ?? Infinity;
}

const thresholds = ({ notBefore, notAfter }: Lifetime): readonly [third: number, sixth: number, end: number] => {
  const life = notAfter - notBefore;
  return [notAfter - life / 3, notAfter - life / 6, notAfter];
};

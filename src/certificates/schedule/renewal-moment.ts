/** When a certificate is to be renewed. Pure; all times are milliseconds, moments since the epoch. */

export interface Lifetime {
  readonly notBefore: number;
  readonly notAfter: number;
}

/** What the CA suggests (RFC 9773 §4.2). */
export interface Window {
  readonly start: number;
  readonly end: number;
}

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** Certificates that live for less are renewed when half is left. */
const SHORT = 10 * DAY;

/** Without ARI: when a third of the life is left, of a short life half. Counted from the certificate itself, whatever the CA's habits are. */
export function backstop({ notBefore, notAfter }: Lifetime): number {
  const life = notAfter - notBefore;
  return notAfter - life / (life < SHORT ? 2 : 3);
}

/**
 * A moment in the window, evenly spread (RFC 9773 §4.2), and never so late that a failure could not be mended: whatever the CA says, a
 * sixth of the life is kept.
 *
 * @param random from 0 to 1
 */
export function momentIn({ start, end }: Window, { notBefore, notAfter }: Lifetime, random: number): number {
  return Math.min(start + random * (end - start), notAfter - (notAfter - notBefore) / 6);
}

/** Milliseconds until the CA is asked again: as it wishes, but twice a day at least, and once a minute at most (RFC 9773 §4.3). */
export function pollDelay(retryAfterSeconds: number): number {
  return Math.min(12 * HOUR, Math.max(60_000, retryAfterSeconds * 1_000));
}

/** The same after a poll that failed: an hour, unless the CA wants longer; a day at most. */
export function failedPollDelay(retryAfterSeconds: number | undefined): number {
  return Math.min(DAY, Math.max(HOUR, (retryAfterSeconds ?? 0) * 1_000));
}

/** 1 min, 10 min, 100 min, then once a day. */
const WAITS = [60_000, 600_000, 6_000_000, 86_400_000] as const;
const LONGEST = WAITS[3];
/** How much longer a wait may be, so that many edges that failed together don't come back together. */
const JITTER = 0.2;

/**
 * Milliseconds to wait after so many failures in a row.
 *
 * @param failures from 1
 * @param random from 0 to 1
 */
export function retryDelay(failures: number, random: number): number {
  return (WAITS[Math.max(1, failures) - 1] ?? LONGEST) * (1 + JITTER * random);
}

/** No wait is longer than this; a moment further away was written under a wrong clock. */
export const LONGEST_WAIT = LONGEST * (1 + JITTER);

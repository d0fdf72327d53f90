/** Seconds. Longer waits are not believed: what a CA says must not stop renewals for good. A week is the longest rate limit there is. */
const LONGEST = 604_800;

const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [\w :+-]{10,30}$/;

/**
 * Retry-After in either form (RFC 9110 §10.2.3) as seconds from now, 0 to 604,800; undefined: absent, or neither form.
 * A date is measured against the same answer's Date: it is the CA's clock that counts, whatever ours says.
 */
export function readRetryAfter(fields: Headers, now = Date.now()): number | undefined {
  const value = fields.get("retry-after")?.trim() ?? "";
  if (/^\d{1,12}$/.test(value)) return Math.min(Number(value), LONGEST);
  const moment = readHttpDate(value);
  if (moment === undefined) return undefined;
  const seconds = Math.ceil((moment - (readHttpDate(fields.get("date")) ?? now)) / 1_000);
  return Math.min(Math.max(seconds, 0), LONGEST);
}

/** An HTTP date (RFC 9110 §5.6.7) in milliseconds since the epoch; undefined: it is none. */
export function readHttpDate(value: string | null): number | undefined {
  if (value === null || !HTTP_DATE.test(value)) return undefined;
  const milliseconds = Date.parse(value);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

let second = -1;
let text = "";

/** ISO 8601 in UTC with milliseconds. Formatting a date costs a microsecond, so the second is remembered. */
export function timestamp(now: number = Date.now()): string {
  const current = Math.floor(now / 1_000);
  if (current !== second) {
    second = current;
    text = new Date(current * 1_000).toISOString().slice(0, 20);
  }
  const rest = now - current * 1_000;
  return `${text}${rest < 10 ? "00" : rest < 100 ? "0" : ""}${Math.floor(rest)}Z`;
}

/** Quantities as people read them. */

/** Octets: `812 B`, `1.2 kB`, `33 MB`; in powers of 1,000. */
export function octets(count: number): string {
  if (count < 1_000) return `${count} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = count / 1_000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`;
}

/** A span of time in its two largest units: `45 s`, `3 min 20 s`, `2 h 5 min`, `61 d`. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return two(whole, 60, "min", 1, "s");
  if (whole < 86_400) return two(whole, 3_600, "h", 60, "min");
  return whole < 10 * 86_400 ? two(whole, 86_400, "d", 3_600, "h") : `${Math.floor(whole / 86_400)} d`;
}

function two(seconds: number, size: number, unit: string, smaller: number, smallerUnit: string): string {
  const rest = Math.floor((seconds % size) / smaller);
  return `${Math.floor(seconds / size)} ${unit}${rest === 0 ? "" : ` ${rest} ${smallerUnit}`}`;
}

/** `1 WebSocket`, `3 WebSockets`. */
export const count = (number: number, word: string, words = `${word}s`): string => `${number} ${number === 1 ? word : words}`;

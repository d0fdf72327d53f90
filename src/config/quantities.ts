import type { Reader } from "./option.ts";
import { isMistake, mistake, shown, type Read } from "./read.ts";

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const OCTETS: Readonly<Record<string, number>> = { "": 1, k: 1_024, m: 1_048_576 };

/** Reads a number with its unit. Both ends of the range belong to it. */
export interface Quantity extends Reader<number> {
  (text: string): Read<number>;
}

/** Durations: `500ms`, `10s`, `2m`, `1h`, `7d`, `2w`, in milliseconds. */
export function duration(least: number, most: number): Quantity {
  const read = (text: string): Read<number> => {
    const parts = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text.toLowerCase());
    const factor = parts?.[2] === undefined ? undefined : MILLISECONDS[parts[2]];
    if (factor === undefined) {
      const mend = /^\d+$/.test(text) ? `Write the unit too: ${text}s.` : "Write a number and a unit: 500ms, 10s, 2m, 1h or 7d.";
      return mistake(`${shown(text)} is no duration.`, mend);
    }
    return within(Math.round(Number(parts?.[1]) * factor), least, most, text, writeDuration);
  };
  return Object.assign(read, { schema: { type: "string", pattern: String.raw`^\s*\d+(\.\d+)?(ms|s|m|h|d|w)\s*$` } } as const);
}

/** Sizes: octets, or `16k`, `1m` in powers of 1,024. */
export function size(least: number, most: number): Quantity {
  const read = (text: string): Read<number> => {
    const parts = /^(\d+)(k|m)?(?:i?b)?$/.exec(text.toLowerCase());
    const factor = OCTETS[parts?.[2] ?? ""];
    if (parts === null || factor === undefined) return mistake(`${shown(text)} is no size.`, "Write octets, or a number with k or m: 16k.");
    return within(Number(parts[1]) * factor, least, most, text, writeSize);
  };
  return Object.assign(read, {
    schema: {
      anyOf: [
        { type: "integer", minimum: least, maximum: most },
        { type: "string", pattern: String.raw`^\s*\d+[kKmM]?([iI]?[bB])?\s*$` },
      ],
    },
  } as const);
}

export function integer(least: number, most: number): Quantity {
  const read = (text: string): Read<number> => {
    if (!/^\d{1,15}$/.test(text)) return mistake(`${shown(text)} is no whole number.`, `Write a number from ${least} to ${most}.`);
    return within(Number(text), least, most, text, String);
  };
  return Object.assign(read, { schema: { type: "integer", minimum: least, maximum: most } } as const);
}

const anyPort = integer(0, 65_535);

/** A TCP port. 0 takes a free one. */
export const port: Quantity = Object.assign(
  (text: string): Read<number> => {
    const read = anyPort(text);
    return isMistake(read) ? mistake(`${shown(text)} is no port.`, "Write a number from 1 to 65535.") : read;
  },
  { schema: anyPort.schema ?? {} },
);

export function writeDuration(milliseconds: number): string {
  for (const [unit, factor] of [
    ["w", 604_800_000],
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1_000],
  ] as const) {
    // 60s reads better than 1m where the neighbours are 10s and 75s; and a month is 30d, not 4.3w.
    if (milliseconds % factor === 0 && (unit === "s" || milliseconds / factor > 1)) return `${milliseconds / factor}${unit}`;
  }
  return `${milliseconds}ms`;
}

export function writeSize(octets: number): string {
  if (octets % 1_048_576 === 0) return `${octets / 1_048_576}m`;
  return octets % 1_024 === 0 ? `${octets / 1_024}k` : String(octets);
}

function within(value: number, least: number, most: number, text: string, write: (value: number) => string): Read<number> {
  if (value >= least && value <= most) return { value };
  const bound = value < least ? `less than ${write(least)}` : `more than ${write(most)}`;
  return mistake(`${shown(text)} is ${bound}.`, `Write a value from ${write(least)} to ${write(most)}.`);
}

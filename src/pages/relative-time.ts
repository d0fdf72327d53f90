import type { Language } from "./language.ts";
import { textsOf } from "./texts.ts";

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** "3 minutes ago", "in 12 days"; both in milliseconds since 1970. A page can't know its reader's time zone, so it tells no clock time. */
export function relativeTime(time: number, now: number, language: Language): string {
  const distance = time - now;
  const [unit, length] = UNITS.find(([, milliseconds]) => Math.abs(distance) >= milliseconds) ?? [undefined, 1];
  if (unit === undefined) return textsOf(language).now;
  const locale = language === "zh" ? "zh-CN" : "en";
  return new Intl.RelativeTimeFormat(locale, { numeric: "always" }).format(Math.trunc(distance / length), unit);
}

/** The languages that the edge's own pages for people are written in. */
export type Language = "en" | "zh";

/** Ranges of an Accept-Language field that are looked at. */
const MOST_RANGES = 20;

/**
 * Which of our languages somebody prefers (RFC 9110 §12.5.4, matched as RFC 4647 §3.4 does): the one with the highest quality, the first of
 * equals; English where neither is wanted. `zh-TW` is content with `zh`: better another script than another language.
 */
export function languageOf(acceptLanguage: string | undefined): Language {
  const quality = { en: 0, zh: 0 };
  const order: Language[] = [];
  let others: number | undefined;
  for (const range of (acceptLanguage ?? "").split(",", MOST_RANGES)) {
    const match = /^\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9]{1,8})*\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?$/.exec(range);
    if (match === null) continue;
    const weight = Number(match[2] ?? 1);
    const language = match[1]?.toLowerCase();
    if (language === "*") others ??= weight;
    if (language !== "en" && language !== "zh") continue;
    if (!order.includes(language)) order.push(language);
    quality[language] = Math.max(quality[language], weight);
  }
  // `*` stands for every language that is not named.
  for (const language of ["en", "zh"] as const) {
    if (order.includes(language)) continue;
    order.push(language);
    quality[language] = others ?? 0;
  }
  const [first = "en", second = "zh"] = order;
  const preferred = quality[second] > quality[first] ? second : first;
  return quality[preferred] > 0 ? preferred : "en";
}

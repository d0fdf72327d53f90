/** What a person calls the program that signed in: "Firefox" on "Linux". Only for that person's own list of sessions. */
export interface Agent {
  /** undefined: unknown. */
  readonly browser: string | undefined;
  readonly system: string | undefined;
}

/** The first that matches: many browsers name others before themselves. */
const BROWSERS: readonly (readonly [mark: RegExp, name: string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\b(?:OPR|Opera)\//, "Opera"],
  [/\bVivaldi\//, "Vivaldi"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bMicroMessenger\//, "WeChat"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\b(?:Chrome|CriOS|Chromium|HeadlessChrome)\//, "Chrome"],
  [/\bEpiphany\//, "GNOME Web"],
  [/\bVersion\/[\d.]+ .*\bSafari\//, "Safari"],
  [/^curl\//, "curl"],
];

const SYSTEMS: readonly (readonly [mark: RegExp, name: string])[] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bHarmonyOS\b|\bOpenHarmony\b/, "HarmonyOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bLinux\b|\bX11\b/, "Linux"],
];

/** Characters of a User-Agent that are looked at. */
const LOOKED_AT = 512;

export function agentOf(userAgent: string | undefined): Agent {
  const text = userAgent?.slice(0, LOOKED_AT) ?? "";
  const first = (table: typeof BROWSERS): string | undefined => table.find(([mark]) => mark.test(text))?.[1];
  return { browser: first(BROWSERS), system: first(SYSTEMS) };
}

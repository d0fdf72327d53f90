import type { RequestHead } from "../exchange.ts";

/**
 * The value of the one cookie with exactly this name (RFC 6265 §4.2), over all Cookie fields. Undefined where there is none, and where
 * there are several: another site's cookie of the same name must never be taken for ours.
 */
export function cookieValue(head: RequestHead, name: string): string | undefined {
  let value: string | undefined;
  for (const line of head.fields.all("cookie")) {
    for (const pair of line.split(";")) {
      const start = pair.startsWith(" ") ? 1 : 0;
      if (!pair.startsWith(name, start) || pair[start + name.length] !== "=") continue;
      if (value !== undefined) return undefined;
      value = pair.slice(start + name.length + 1);
    }
  }
  return value;
}

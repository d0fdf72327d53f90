import type { Fields } from "./fields.ts";
import { HTAB, SP } from "./grammar.ts";

/** Every value that a request's Cookie fields give to a name (RFC 6265 §4.2), as sent. Names are case-sensitive. */
export function cookieValues(fields: Fields, name: string): readonly string[] {
  const values: string[] = [];
  for (let line = fields.keys.indexOf("cookie"); line >= 0; line = fields.keys.indexOf("cookie", line + 1)) {
    const text = fields.values[line] as string;
    if (!text.includes(name)) continue;
    for (const pair of text.split(";")) {
      const cut = pair.indexOf("=");
      if (cut >= 0 && trimmed(pair.slice(0, cut)) === name) values.push(trimmed(pair.slice(cut + 1)));
    }
  }
  return values;
}

/** The one value of a cookie; undefined where there is none, or more than one: of two, nobody can tell whose is whose. */
export function onlyCookie(fields: Fields, name: string): string | undefined {
  const values = cookieValues(fields, name);
  return values.length === 1 ? values[0] : undefined;
}

/**
 * Without the spaces and tabs around it, and those alone: `trim` takes off U+00A0 as well, and to a browser a name that begins with that
 * octet has no prefix `__Host-`, so that a sub-domain, or anybody on plain HTTP, may set it.
 */
function trimmed(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

const isBlank = (octet: number): boolean => octet === SP || octet === HTAB;

import type { Fields } from "./fields.ts";

/** Every value that a request's Cookie fields give to a name (RFC 6265 §4.2), as sent. Names are case-sensitive. */
export function cookieValues(fields: Fields, name: string): readonly string[] {
  const values: string[] = [];
  for (let line = fields.keys.indexOf("cookie"); line >= 0; line = fields.keys.indexOf("cookie", line + 1)) {
    const text = fields.values[line] as string;
    if (!text.includes(name)) continue;
    for (const pair of text.split(";")) {
      const cut = pair.indexOf("=");
      if (cut >= 0 && pair.slice(0, cut).trim() === name) values.push(pair.slice(cut + 1).trim());
    }
  }
  return values;
}

/** The one value of a cookie; undefined where there is none, or more than one: of two, nobody can tell whose is whose. */
export function onlyCookie(fields: Fields, name: string): string | undefined {
  const values = cookieValues(fields, name);
  return values.length === 1 ? values[0] : undefined;
}

/** Fields of a form that are taken. */
const MOST_FIELDS = 16;

/**
 * Reads `application/x-www-form-urlencoded`. Strict: undefined where a percent-encoding is broken, the octets are no UTF-8, or a name comes
 * twice. A lenient reader would let two passwords be one.
 */
export function parseForm(body: Buffer): ReadonlyMap<string, string> | undefined {
  const form = new Map<string, string>();
  const pairs = body.toString("latin1").split("&");
  if (pairs.length > MOST_FIELDS) return undefined;
  for (const pair of pairs) {
    if (pair === "") continue;
    const cut = pair.indexOf("=");
    const name = decode(cut < 0 ? pair : pair.slice(0, cut));
    const value = decode(cut < 0 ? "" : pair.slice(cut + 1));
    if (name === undefined || value === undefined || form.has(name)) return undefined;
    form.set(name, value);
  }
  return form;
}

function decode(text: string): string | undefined {
  // Browsers encode everything outside ASCII.
  if (!/^[\x20-\x7e]*$/.test(text)) return undefined;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

/** Whether a Content-Type is a plain form's. */
export const isForm = (contentType: string | undefined): boolean =>
  contentType !== undefined && /^application\/x-www-form-urlencoded\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(contentType);

/**
 * The character classes and token lists of RFC 9110 §5.6 and RFC 9112, as lookup tables over octets.
 * Strings here are always latin1: one UTF-16 unit is one octet.
 */

const table = (isMember: (octet: number) => boolean): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, octet) => (isMember(octet) ? 1 : 0));

const TCHAR_PUNCTUATION = new Set([..."!#$%&'*+-.^_`|~"].map((char) => char.charCodeAt(0)));
const isAlphanumeric = (octet: number): boolean =>
  (octet >= 0x30 && octet <= 0x39) || (octet >= 0x41 && octet <= 0x5a) || (octet >= 0x61 && octet <= 0x7a);

/** token = 1*tchar (RFC 9110 §5.6.2). */
export const TCHAR = table((octet) => isAlphanumeric(octet) || TCHAR_PUNCTUATION.has(octet));

/** field-vchar, SP and HTAB (RFC 9110 §5.5): no NUL, CR, LF or other control. */
export const FIELD_OCTET = table((octet) => octet === 0x09 || (octet >= 0x20 && octet !== 0x7f));

/**
 * What a request target may consist of: visible ASCII. RFC 3986 leaves out `[ ] ^ { | } \` and the backtick, yet browsers
 * send them (WHATWG URL), and Node reads them as we do. `#`, `"`, `<`, `>` nobody sends, and they are refused.
 */
export const TARGET_OCTET = table((octet) => octet > 0x20 && octet < 0x7f && !["#", '"', "<", ">"].includes(String.fromCharCode(octet)));

export const CR = 0x0d;
export const LF = 0x0a;
export const SP = 0x20;
export const HTAB = 0x09;

/** Whether every octet of `text` from `start` up to `end` is in `members`, and there is at least one. */
export function consistsOf(text: string, members: Uint8Array, start = 0, end = text.length): boolean {
  for (let index = start; index < end; index++) if (members[text.charCodeAt(index)] !== 1) return false;
  return end > start;
}

export function isToken(text: string): boolean {
  return consistsOf(text, TCHAR);
}

/** The members of a comma-separated list of tokens (RFC 9110 §5.6.1), lower-cased; empty members are dropped. Undefined when one is no token. */
export function tokenList(value: string): string[] | undefined {
  const tokens: string[] = [];
  for (const member of value.toLowerCase().split(",")) {
    const token = trimOws(member);
    if (token === "") continue;
    if (!isToken(token)) return undefined;
    tokens.push(token);
  }
  return tokens;
}

/** Removes optional whitespace, SP and HTAB (RFC 9110 §5.6.3), and no other kind, from both ends. */
export function trimOws(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isOws(text.charCodeAt(start))) start++;
  while (end > start && isOws(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isOws(octet: number): boolean {
  return octet === SP || octet === HTAB;
}

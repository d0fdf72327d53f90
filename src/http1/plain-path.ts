/**
 * Paths that mean one thing to everybody. A server behind us resolves dot segments (RFC 3986 §5.2.4), percent-encoding, backslashes,
 * doubled slashes and `;parameters`, each its own way; what is let in without a sign-in must not depend on which way that is.
 */
import { consistsOf } from "./grammar.ts";
import { percentDecoded } from "./percent-decoding.ts";

/** unreserved = ALPHA / DIGIT / "-" / "." / "_" / "~" (RFC 3986 §2.3): the characters that nobody normalises. */
const UNRESERVED = Uint8Array.from({ length: 256 }, (_, octet) => (/[A-Za-z0-9\-._~]/.test(String.fromCharCode(octet)) ? 1 : 0));

/** The path of an origin-form target: all that stands before its first `?`. */
export function pathOf(target: string): string {
  const mark = target.indexOf("?");
  return mark < 0 ? target : target.slice(0, mark);
}

/**
 * Whether `path` from `start` on is one or more segments of unreserved characters, with single slashes between them and none at the
 * end, and no segment of dots alone: nothing in it can be normalised to something else.
 */
export function isPlain(path: string, start = 0): boolean {
  for (let from = start; ;) {
    const slash = path.indexOf("/", from);
    const end = slash < 0 ? path.length : slash;
    if (!consistsOf(path, UNRESERVED, from, end) || isDots(path, from, end)) return false;
    if (slash < 0) return true;
    from = end + 1;
  }
}

function isDots(path: string, start: number, end: number): boolean {
  for (let index = start; index < end; index++) if (path[index] !== ".") return false;
  return true;
}

/** Whether this is `/`, or a path whose every segment is plain. */
export function isPlainPath(path: string): boolean {
  return path === "/" || (path.startsWith("/") && isPlain(path, 1));
}

/** Dots, and what a sloppy server trims or ends a string at. One repetition only: a head has room for 16,000 dots to go back over. */
const DOTS_AND_BLANKS = /^[.\0-\x20]+$/;
/** Octets that occur in overlong UTF-8 only (RFC 3629 §3): a way to write `.` and `/` that some decoders still understand. */
const OVERLONG = /[\xc0\xc1]/;

/**
 * Whether somebody could resolve `path` to a path outside of the prefix that it begins with: it has a dot segment, in any disguise
 * that is known (percent-encoding, repeatedly; backslashes; `..;x`; overlong UTF-8). Single dots count too: nobody sends either in good
 * faith, since clients resolve them before they ask (RFC 3986 §5.2.4).
 */
export function hasDotSegment(path: string): boolean {
  if (!/[.%\\]/.test(path)) return false;
  const decoded = percentDecoded(path);
  if (decoded === undefined || OVERLONG.test(decoded)) return true;
  return decoded.split(/[/\\]/).some((segment) => isDotSegment(segment.split(";", 1)[0] as string));
}

/** Whether somebody may take the segment for `.` or `..`. */
function isDotSegment(segment: string): boolean {
  return segment.includes(".") && DOTS_AND_BLANKS.test(segment);
}

/** Whether `path`, which begins with a slash, begins with an empty segment in somebody's reading: `//host` would name an authority. */
export function beginsWithEmptySegment(path: string): boolean {
  return /^.[/\\%;]/.test(path) && /^[/\\][\0-\x20]*(?:;[^/\\]*)?[/\\]/.test(percentDecoded(path) ?? "//");
}

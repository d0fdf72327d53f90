import { SECRET_PATHS } from "../gateway/secret-paths.ts";
import { percentDecoded } from "../http1/percent-decoding.ts";

/** Characters of a masked target that are written. A head may bring 16 KB, and a log line must stay readable. */
const LONGEST_TARGET = 2_048;
/** Query names that are written; the rest are counted as one ellipsis. */
const MOST_NAMES = 32;
const MASK = "***";

const escapeForPattern = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
const SECRET = new RegExp(SECRET_PATHS.map(escapeForPattern).join("|"), "i");
const SECRETS: ReadonlySet<string> = new Set(SECRET_PATHS);
/** Segments of the deepest secret path, and characters of the longest one. */
const DEEPEST = Math.max(...SECRET_PATHS.map((path) => path.split("/").length - 2));
const LONGEST_SECRET = Math.max(...SECRET_PATHS.map(({ length }) => length));
/** What a server may normalise away: `%`, `\`, `;`, anything outside printable ASCII, doubled slashes, segments that begin with a dot. */
const ODD = /[^!-$&-:<-[\]-~]|\/[./]/;
const QUERY_NAME = /^[\w\-.~$@[\]]{1,64}$/;

/**
 * A request target as it may be written to a log: what follows a secret path is `***`, a query keeps its names and
 * loses its values (`?token=&x=`), and whatever could be a disguise of a secret path is masked whole.
 * Escaping for the line's own syntax is the caller's.
 */
export function maskTarget(target: string): string {
  const mark = target.indexOf("?");
  const path = maskPath(mark === -1 ? target : target.slice(0, mark));
  const masked = withoutPasses(mark === -1 ? path : `${path}?${maskQuery(target.slice(mark + 1))}`);
  return masked.length <= LONGEST_TARGET ? masked : `${masked.slice(0, LONGEST_TARGET)}…`;
}

/** A device pass has no business in a target, but somebody may have put it there; cut short it is still a secret. */
const PASS = /(oce_[a-z2-9]{10}_)[A-Za-z0-9]{8,}/g;

function withoutPasses(text: string): string {
  return text.includes("oce_") ? text.replaceAll(PASS, `$1${MASK}`) : text;
}

function maskPath(path: string): string {
  if (ODD.test(path) || !path.startsWith("/")) return maskDisguised(path);
  const hit = SECRET.exec(path);
  if (hit === null) return path;
  const end = hit.index + hit[0].length;
  return end === path.length ? path : path.slice(0, end) + MASK;
}

/** The Gateway normalises such a path, so it is judged in every form that the Gateway could make of it. */
function maskDisguised(path: string): string {
  const decoded = percentDecoded(path);
  if (decoded === undefined) return `/${MASK}`;
  const prefix = secretPrefix(decoded.replaceAll("\\", "/").replaceAll(/;[^/]*/g, ""));
  // What stands before the prefix may itself be a secret that a `..` takes away: none of it is written.
  return prefix === undefined ? path : prefix + MASK;
}

/** The first secret path that comes up while dot segments are resolved, even if a later `..` takes it away again. */
function secretPrefix(path: string): string | undefined {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") {
      segments.push(segment);
      const secret = secretEndOf(segments);
      if (secret !== undefined) return secret;
    }
  }
  return undefined;
}

/**
 * The secret path that these segments end with, as it is written there. Its length is looked at before its letters: one long segment with
 * a thousand `x/..` behind it would be read a thousand times.
 */
function secretEndOf(segments: readonly string[]): string | undefined {
  let end = "/";
  for (let index = segments.length - 1; index >= 0 && index >= segments.length - DEEPEST; index--) {
    end = `/${segments[index]}${end}`;
    if (end.length > LONGEST_SECRET) return undefined;
    if (SECRETS.has(end.toLowerCase())) return end;
  }
  return undefined;
}

/** Names without values. A part without `=` is all value (`?<token>`), and an odd name may hold one: both are masked. */
function maskQuery(query: string): string {
  if (query === "") return "";
  const parts = query.split("&", MOST_NAMES + 1);
  const names = parts.slice(0, MOST_NAMES).map((part) => {
    const end = part.indexOf("=");
    if (end === -1) return part === "" ? "" : MASK;
    const name = part.slice(0, end);
    return QUERY_NAME.test(name) ? `${name}=` : `${MASK}=`;
  });
  return names.join("&") + (parts.length > MOST_NAMES ? "&…" : "");
}

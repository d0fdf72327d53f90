import { pathOf } from "./asker.ts";

/** Characters of an address to go on to. A longer one is forgotten. */
const LONGEST = 2_048;

/** What may stand in a request target, and no backslash, which browsers take for a slash. */
const TARGET = /^\/[!-[\]-~]*$/;

/**
 * Where to go after sign-in: a target on this very origin. Everything else becomes `/`: an absolute address, `//evil`, `/\evil`,
 * `https:evil`, control characters, and the edge's own sign-in, which would go round in a circle.
 */
export function safeNext(wanted: string | undefined): string {
  if (wanted === undefined || wanted.length > LONGEST || !TARGET.test(wanted)) return "/";
  const base = "https://edge.invalid";
  if (!URL.canParse(wanted, base)) return "/";
  // As a browser reads it: dot segments are gone, and what begins with two slashes has become another host.
  const { origin, pathname } = new URL(wanted, base);
  if (origin !== base || pathname.startsWith("//")) return "/";
  const isOwn = pathname === "/.edge/login" || pathname === "/.edge/logout";
  return isOwn ? "/" : wanted;
}

/** The sign-in page's address, with the way back where a browser can go it. */
export function loginTarget(method: string, target: string): string {
  const next = method === "GET" ? safeNext(target) : "/";
  return next === "/" ? LOGIN : `${LOGIN}?next=${encodeURIComponent(next)}`;
}

export const LOGIN = "/.edge/login";

export const nextOf = (target: string): string =>
  safeNext(new URLSearchParams(target.slice(pathOf(target).length)).get("next") ?? undefined);

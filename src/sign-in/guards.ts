/** What is refused before anybody's credentials are looked at. */
import type { AuthResult } from "../auth/authenticator.ts";
import { cookieValues } from "../http1/cookies.ts";
import { SESSION_COOKIE } from "../auth/session/cookie.ts";
import type { SessionMethod } from "../auth/session/session-method.ts";
import type { Exchange } from "../exchange.ts";
import { errorReply } from "../pages/replies.ts";
import type { Ask } from "./ask.ts";
import { isBasic, isBrowser } from "./asker.ts";
import { isForeign, mayHarm } from "./origin.ts";

const ABSENT: AuthResult = { kind: "absent" };

/**
 * Refuses what a page of another origin makes a browser send with the credentials that it adds by itself: the session's cookie, or Basic.
 * A pass in a field of its own is nothing that a browser adds, so such a request may come from anywhere.
 */
export function originGuard(exchange: Exchange): AuthResult {
  const { head } = exchange;
  if (!mayHarm(head) || !isForeign(head)) return ABSENT;
  const isCarried = isBasic(head) || cookieValues(head.fields, SESSION_COOKIE).length > 0;
  return isCarried ? { kind: "reply", reply: errorReply("cross_site", exchange) } : ABSENT;
}

/**
 * Refuses Basic where a browser sends it by itself and against its user's will: beside the cookie of a session that has ended, or else
 * nobody could sign out; and under `--login page` from every browser, which was never asked for it.
 */
export function createBasicGuard(
  login: "page" | "basic",
  sessions: Pick<SessionMethod, "isEnded">,
  ask: Ask,
): (exchange: Exchange) => AuthResult {
  return (exchange) => {
    // What every client that is no browser passes by with a few looks.
    const isFromBrowser = login === "page" && isBrowser(exchange.head);
    if (!isFromBrowser && !exchange.head.fields.keys.includes("cookie")) return ABSENT;
    if (!isBasic(exchange.head)) return ABSENT;
    if (sessions.isEnded(exchange)) return { kind: "reply", reply: ask(exchange, "ended") };
    if (isFromBrowser) return { kind: "reply", reply: ask(exchange, "absent") };
    return ABSENT;
  };
}

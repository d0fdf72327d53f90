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
 * Refuses Basic beside the cookie of a session that has ended: browsers send it by themselves, so nobody could sign out. A pass that is
 * sent as Basic is Basic.
 */
export const createEndedGuard =
  (sessions: Pick<SessionMethod, "isEnded">, ask: Ask) =>
  (exchange: Exchange): AuthResult => {
    const { head } = exchange;
    if (!head.fields.keys.includes("cookie") || !isBasic(head) || !sessions.isEnded(exchange)) return ABSENT;
    return { kind: "reply", reply: ask(exchange, "ended") };
  };

/** Under `--login page` refuses a password that a browser sends by Basic: it was never asked for it there. Passes were looked at before. */
export const createBrowserGuard =
  (ask: Ask) =>
  (exchange: Exchange): AuthResult =>
    isBrowser(exchange.head) && isBasic(exchange.head) ? { kind: "reply", reply: ask(exchange, "absent") } : ABSENT;

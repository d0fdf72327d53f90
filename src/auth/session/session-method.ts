/** Sign-in by cookie: the memo of the connection, then one hash. Answers at once. */
import type { Exchange } from "../../exchange.ts";
import { cookieValues } from "../../http1/cookies.ts";
import { detached } from "../../http1/detached.ts";
import type { Authenticator, AuthResult } from "../authenticator.ts";
import { SESSION_COOKIE } from "./cookie.ts";
import type { Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";

export interface SessionMethod extends Authenticator {
  authenticate(exchange: Exchange): AuthResult;
  /** The session that this exchange belongs to, where there is one. */
  sessionOf(exchange: Exchange): Session | undefined;
  /**
   * Whether the exchange carries a session's cookie that opens nothing (any more): ended, expired, doubled, altered. Such a request is
   * not authenticated by Basic: browsers send Basic by themselves, and nobody could ever sign out.
   */
  isEnded(exchange: Exchange): boolean;
}

const ABSENT: AuthResult = { kind: "absent" };
/** Octets of the longest Cookie field that a connection remembers. */
const LONGEST_REMEMBERED = 4_096;

export function createSessionMethod(sessions: Sessions): SessionMethod {
  function sessionOf(exchange: Exchange): Session | undefined {
    const { head, client, memo } = exchange;
    const line = head.fields.keys.indexOf("cookie");
    if (line < 0) return undefined;
    const cookie = head.fields.values[line] as string;
    const isOnly = head.fields.keys.indexOf("cookie", line + 1) < 0;
    const known = memo.session;
    if (known !== undefined && known.cookie === cookie && isOnly)
      return sessions.use(known.session, client.address) ? known.session : undefined;

    const values = cookieValues(head.fields, SESSION_COOKIE);
    // Of two, nobody can tell which one the browser was given by us.
    const session = values.length === 1 ? sessions.find(values[0] as string, client.address) : undefined;
    if (session !== undefined && isOnly && cookie.length <= LONGEST_REMEMBERED) memo.session = { cookie: detached(cookie), session };
    return session;
  }

  return {
    method: "session",
    authenticate: (exchange) => sessionOf(exchange)?.result ?? ABSENT,
    sessionOf,
    isEnded: (exchange) => cookieValues(exchange.head.fields, SESSION_COOKIE).length > 0 && sessionOf(exchange) === undefined,
  };
}

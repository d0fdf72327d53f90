import { SIGNED_OUT_COOKIE } from "../auth/session/cookie.ts";
import type { SessionMethod } from "../auth/session/session-method.ts";
import type { Sessions } from "../auth/session/sessions.ts";
import type { Exchange, Verdict } from "../exchange.ts";
import type { Log } from "../log/log.ts";
import { languageOf } from "../pages/language.ts";
import { errorReply } from "../pages/replies.ts";
import { signOutPage } from "../pages/sign-out-page.ts";
import type { EdgePage } from "./edge-page.ts";
import { formToken, isOwnForm } from "./form-token.ts";
import { LOGIN } from "./next.ts";
import { page, readForm, reply, see, type Form } from "./own-reply.ts";

export interface LogoutOptions {
  readonly sessions: Sessions;
  readonly sessionMethod: SessionMethod;
  readonly log: Log;
}

/** `/.edge/logout`: asks, and then ends the session everywhere that its cookie was copied to, open WebSockets included. */
export function createLogout({ sessions, sessionMethod, log }: LogoutOptions): EdgePage {
  function show(exchange: Exchange): Verdict {
    const session = sessionMethod.sessionOf(exchange);
    if (session === undefined) return reply(see(exchange, LOGIN));
    const { token, setCookie } = formToken(exchange.head);
    const body = signOutPage(languageOf(exchange.head.fields.first("accept-language")), session.name, token);
    return reply(page(200, body, setCookie === undefined ? [] : [["Set-Cookie", setCookie]]), session.user);
  }

  async function submit(exchange: Exchange, form: Form): Promise<Verdict> {
    const session = sessionMethod.sessionOf(exchange);
    if (session === undefined) return reply(see(exchange, LOGIN));
    if (!isOwnForm(exchange.head, form.get("token"))) return reply(errorReply("form_foreign", exchange), session.user);
    await sessions.end(session.name, session.id);
    log.info("A session was signed out.", { id: exchange.id, user: session.name, client: exchange.client.address });
    return reply(signedOut(exchange), session.user);
  }

  return { get: show, post: (exchange) => readForm(exchange, (form) => submit(exchange, form)) };
}

/** To the sign-in page, with a cookie that keeps the browser from signing in again by the password that it knows for Basic. */
export const signedOut = (exchange: Exchange) => see(exchange, LOGIN, [["Set-Cookie", SIGNED_OUT_COOKIE]]);

import type { Session } from "../auth/session/session.ts";
import type { User } from "../auth/user.ts";
import type { Exchange, Verdict } from "../exchange.ts";
import { accountPage, type ShownPass } from "../pages/account-page.ts";
import { languageOf } from "../pages/language.ts";
import { errorReply } from "../pages/replies.ts";
import { formToken, isOwnForm } from "./form-token.ts";
import { signedOut, type LogoutOptions } from "./logout.ts";
import { LOGIN } from "./next.ts";
import { page, readForm, reply, see, type Form } from "./own-reply.ts";

/** The device passes, as far as their owner sees and revokes them. */
export interface OwnPasses {
  of(name: string): readonly ShownPass[];
  /** False where this user has no such pass. */
  revoke(name: string, id: string): Promise<boolean>;
}

export interface AccountOptions extends LogoutOptions {
  readonly passes: OwnPasses;
}

/** `/.edge/`: who is signed in, where else, and by which passes. Only a session opens it: a pass must not manage what could outlive it. */
export function createAccount({ sessions, sessionMethod, passes, log }: AccountOptions) {
  function show(exchange: Exchange): Verdict {
    const { head } = exchange;
    const current = sessionMethod.sessionOf(exchange);
    if (current === undefined) return reply(see(exchange, `${LOGIN}?next=%2F.edge%2F`));
    const { token, setCookie } = formToken(head);
    const body = accountPage({
      language: languageOf(head.fields.first("accept-language")),
      host: head.authority,
      name: current.name,
      token,
      sessions: sessions.of(current.name).map((session) => shown(session, current)),
      passes: passes.of(current.name),
      notice: NOTICES.get(head.target),
      now: Date.now(),
    });
    return reply(page(200, body, setCookie === undefined ? [] : [["Set-Cookie", setCookie]]), current.user);
  }

  /** A form of the account page: only for a session that still lasts when the whole form is there. */
  const action = (act: (exchange: Exchange, form: Form, user: User) => Promise<Verdict>) => (exchange: Exchange) =>
    readForm(exchange, (form) => {
      const session = sessionMethod.sessionOf(exchange);
      if (session === undefined) return reply(see(exchange, LOGIN));
      if (!isOwnForm(exchange.head, form.get("token"))) return reply(errorReply("form_foreign", exchange), session.user);
      return act(exchange, form, session.user);
    });

  const endSession = action(async (exchange, form, user) => {
    const id = form.get("id") ?? "";
    await sessions.end(user.name, id);
    log.info("A session was signed out from another.", { id: exchange.id, user: user.name, session: id.slice(0, 12) });
    return reply(id === user.credential ? signedOut(exchange) : see(exchange, ENDED), user);
  });

  const endAllSessions = action(async (exchange, _form, user) => {
    await sessions.endAll(user.name);
    log.info("A user signed out everywhere.", { id: exchange.id, user: user.name, client: exchange.client.address });
    return reply(signedOut(exchange), user);
  });

  const revokePass = action(async (exchange, form, user) => {
    const wasThere = await passes.revoke(user.name, form.get("id") ?? "");
    return reply(see(exchange, wasThere ? REVOKED : "/.edge/"), user);
  });

  return { show, endSession, endAllSessions, revokePass };
}

const ENDED = "/.edge/?ended";
const REVOKED = "/.edge/?revoked";
const NOTICES: ReadonlyMap<string, "ended" | "revoked"> = new Map([
  [ENDED, "ended"],
  [REVOKED, "revoked"],
]);

const shown = ({ id, agent, address, usedAt, createdAt }: Session, current: Session) => ({
  id,
  isThis: id === current.id,
  browser: agent.browser,
  system: agent.system,
  address,
  usedAt,
  createdAt,
});

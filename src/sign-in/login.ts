import { agentOf } from "../auth/session/agent.ts";
import { sessionCookie } from "../auth/session/cookie.ts";
import type { SessionMethod } from "../auth/session/session-method.ts";
import type { Sessions } from "../auth/session/sessions.ts";
import { SESSION_COOKIE, SIGNED_OUT } from "../auth/session/cookie.ts";
import type { Passwords } from "../auth/passwords.ts";
import type { KnownDevices } from "../auth/throttle/known-device.ts";
import type { User } from "../auth/user.ts";
import type { ErrorCode } from "../errors.ts";
import { ERRORS } from "../errors.ts";
import type { Exchange, Reply, Verdict } from "../exchange.ts";
import { onlyCookie } from "../http1/cookies.ts";
import type { Log } from "../log/log.ts";
import type { SignInNotice } from "../pages/sign-in-page.ts";
import { BEARER } from "./ask.ts";
import type { EdgePage } from "./edge-page.ts";
import { isOwnForm } from "./form-token.ts";
import { formPage } from "./login-page.ts";
import { nextOf, safeNext } from "./next.ts";
import { page, readForm, reply, see, type Form } from "./own-reply.ts";

export interface LoginOptions {
  readonly sessions: Sessions;
  readonly sessionMethod: SessionMethod;
  readonly passwords: Pick<Passwords, "check">;
  readonly devices: Pick<KnownDevices, "setCookie">;
  /** Is told of every wrong password. */
  readonly failedSignIn: (
    exchange: Exchange,
    failed: { readonly reason: "wrong"; readonly candidate: string; readonly method: "page"; readonly repeated: boolean },
  ) => void;
  readonly log: Log;
}

/** `/.edge/login`: the page, and what is typed into it. */
export function createLogin(options: LoginOptions): EdgePage {
  const { sessions, sessionMethod, passwords, devices, failedSignIn, log } = options;

  function show(exchange: Exchange): Verdict {
    const next = nextOf(exchange.head.target);
    const session = sessionMethod.sessionOf(exchange);
    if (session !== undefined) return reply(see(exchange, next), session.user);
    const { body, setCookies } = formPage(exchange, { next, notice: noticeOf(exchange) });
    return reply(page(200, body, setCookies));
  }

  /** A session that ended by itself is worth a word; whoever signed out knows. */
  function noticeOf(exchange: Exchange): SignInNotice | undefined {
    if (!sessionMethod.isEnded(exchange)) return undefined;
    return onlyCookie(exchange.head.fields, SESSION_COOKIE) === SIGNED_OUT ? "signedOut" : "ended";
  }

  async function submit(exchange: Exchange, form: Form): Promise<Verdict> {
    const name = (form.get("name") ?? "").trim();
    const next = safeNext(form.get("next"));
    if (!isOwnForm(exchange.head, form.get("token"))) {
      const isWithoutCookies = exchange.head.fields.first("cookie") === undefined;
      return again(exchange, { code: "form_foreign", notice: isWithoutCookies ? "noCookies" : "formExpired", name, next });
    }
    const outcome = await passwords.check({ name, password: form.get("password") ?? "", exchange });
    switch (outcome.kind) {
      case "verified":
        return welcome(exchange, outcome.user, next);
      case "wrong":
        failedSignIn(exchange, { reason: "wrong", candidate: name, method: "page", repeated: outcome.repeated });
        return again(exchange, { code: "credentials_wrong", notice: "wrong", name, next });
      case "throttled":
        return again(exchange, {
          code: "sign_in_throttled",
          notice: { throttled: outcome.retryAfter },
          wait: outcome.retryAfter,
          name,
          next,
        });
      case "busy":
        return again(exchange, { code: "sign_in_busy", notice: "busy", wait: outcome.retryAfter, name, next });
      default:
        return outcome satisfies never;
    }
  }

  /** Begins a session under an id that nobody has seen before, and ends the one that this browser had (session fixation). */
  async function welcome(exchange: Exchange, user: User, next: string): Promise<Verdict> {
    const { head, client } = exchange;
    const begun = sessions.begin(user.name, { address: client.address, agent: agentOf(head.fields.first("user-agent")) });
    if (begun === undefined) return again(exchange, { code: "credentials_wrong", notice: "wrong", name: user.name, next });
    const former = sessionMethod.sessionOf(exchange);
    if (former !== undefined) await sessions.end(former.name, former.id);
    log.info("A session began.", { id: exchange.id, user: user.name, client: client.address });
    const cookies = [sessionCookie(begun.secret), devices.setCookie(user.name)].map((cookie) => ["Set-Cookie", cookie] as const);
    return reply(see(exchange, next, cookies), user);
  }

  return { get: show, post: (exchange) => readForm(exchange, (form) => submit(exchange, form)) };
}

interface Again {
  readonly code: ErrorCode;
  readonly notice: SignInNotice;
  readonly name: string;
  readonly next: string;
  /** Seconds. */
  readonly wait?: number;
}

/** The page once more, with what was wrong. */
function again(exchange: Exchange, { code, notice, name, next, wait }: Again): Verdict {
  const { status } = ERRORS[code];
  const { body, setCookies } = formPage(exchange, { notice, name: name.slice(0, LONGEST_NAME), next });
  const fields: Reply["fields"] = [
    // A 401 needs a challenge (RFC 9110 §15.5.2); this is one that no browser answers by a dialog.
    ...(status === 401 ? [["WWW-Authenticate", BEARER] as const] : []),
    ...(wait === undefined ? [] : [["Retry-After", String(wait)] as const]),
    ...setCookies,
  ];
  return reply({ ...page(status, body, fields), code });
}

/** Characters of a typed name that are shown again. */
const LONGEST_NAME = 64;

/** Sign-in put together: who is let in, what everybody else is asked, and the pages for it. */
import type { AuthResult, Authenticator } from "../auth/authenticator.ts";
import { createChain } from "../auth/chain.ts";
import { createSessionMethod } from "../auth/session/session-method.ts";
import type { Exchange, Reply } from "../exchange.ts";
import type { AccountOptions } from "./account.ts";
import { createAsk } from "./ask.ts";
import { browserBasic } from "./browser-basic.ts";
import { createEdgePages, type EdgePages } from "./edge-pages.ts";
import { createBrowserGuard, createEndedGuard, originGuard } from "./guards.ts";
import type { LoginOptions } from "./login.ts";

export interface SignInOptions extends Omit<LoginOptions & AccountOptions, "sessionMethod"> {
  /** How browsers are asked. */
  readonly login: "page" | "basic";
  /** Device passes: asked after sessions, and before any password. */
  readonly pass?: Pick<Authenticator, "authenticate">;
  readonly basic: Pick<Authenticator, "authenticate">;
}

export interface SignIn {
  /** Synchronous when nothing has to be computed: that is the hot path. */
  authenticate(exchange: Exchange): AuthResult | Promise<AuthResult>;
  /** The answer to somebody who brought nothing that signs him in. */
  ask(exchange: Exchange, result: Extract<AuthResult, { readonly kind: "absent" | "rejected" }>): Reply;
  readonly pages: EdgePages;
}

export function createSignIn(options: SignInOptions): SignIn {
  const { login, sessions, devices, pass, basic } = options;
  const sessionMethod = createSessionMethod(sessions);
  const ask = createAsk(login);
  const chain = createChain([
    { authenticate: originGuard },
    sessionMethod,
    { authenticate: createEndedGuard(sessionMethod, ask) },
    ...(pass === undefined ? [] : [pass]),
    ...(login === "basic" ? [browserBasic(basic, sessions, devices)] : [{ authenticate: createBrowserGuard(ask) }, basic]),
  ]);
  return {
    authenticate: chain.authenticate,
    ask: (exchange, result) => {
      if (result.kind === "rejected" && result.reply !== undefined) return result.reply;
      if (result.kind === "rejected")
        return { ...ask(exchange, result.reason), ...(result.candidate !== undefined && { candidate: result.candidate }) };
      return ask(exchange, sessionMethod.isEnded(exchange) ? "ended" : "absent");
    },
    pages: createEdgePages({ ...options, sessionMethod }),
  };
}

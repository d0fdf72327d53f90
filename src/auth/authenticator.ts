import type { Exchange, Reply } from "../exchange.ts";
import type { SignInMethod, User } from "./user.ts";

/** The outcome of looking at a request's credentials. Bad credentials are a result; only a technical failure throws. */
export type AuthResult =
  | { readonly kind: "authenticated"; readonly user: User; readonly setCookies?: readonly string[] }
  /** No credentials of this method: the next method in the chain may look. */
  | { readonly kind: "absent" }
  /** Credentials of this method, and they are wrong: the chain stops here. */
  | {
      readonly kind: "rejected";
      readonly reason: "malformed" | "wrong";
      /** The name that was tried. */
      readonly candidate?: string;
      /** The same wrong credential came from the same place before: a device with an old saved password, and no guessing. */
      readonly repeated?: boolean;
      /** The method whose credentials they are, for the log. Default `basic`. */
      readonly method?: SignInMethod;
      /** What such credentials are answered. Default: the challenge, saying that they were wrong. */
      readonly reply?: Reply;
    }
  /** An answer of the method's own (a redirect, 429, 503): the chain stops here. */
  | { readonly kind: "reply"; readonly reply: Reply };

/**
 * One way to sign in. Whoever implements it MUST
 * - answer `absent` for a request without its credentials, and never `rejected`;
 * - spend as much time on an unknown name as on a wrong password;
 * - never block the event loop, and answer synchronously when nothing has to be computed;
 * - give up when `exchange.signal` aborts.
 */
export interface Authenticator {
  /** The method's name in logs: `basic`, `session`, … */
  readonly method: string;
  authenticate(exchange: Exchange): AuthResult | Promise<AuthResult>;
}

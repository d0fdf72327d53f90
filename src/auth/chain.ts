/** The sign-in methods in their order: the first that finds credentials of its own decides. */
import { EdgeError, ERRORS } from "../errors.ts";
import type { Exchange, Reply } from "../exchange.ts";
import type { Authenticator, AuthResult } from "./authenticator.ts";

export type Rejected = Extract<AuthResult, { readonly kind: "rejected" }>;

export interface Chain {
  /** Synchronous when the methods are: that is the hot path. `absent` when no method found credentials. */
  authenticate(exchange: Exchange): AuthResult | Promise<AuthResult>;
  /** The first method's that asks for something; throws `internal` when none does. A 401 needs one (RFC 9110 §15.5.2). */
  challenge(exchange: Exchange): Reply;
  /** The challenge once more, saying that the credentials were wrong or malformed, with the name that was tried. */
  rejection(exchange: Exchange, result: Rejected): Reply;
}

const ABSENT: AuthResult = { kind: "absent" };

export function createChain(methods: readonly Authenticator[]): Chain {
  function authenticateFrom(first: number, exchange: Exchange): AuthResult | Promise<AuthResult> {
    for (let index = first; index < methods.length; index += 1) {
      const result = methods[index]?.authenticate(exchange) ?? ABSENT;
      if (result instanceof Promise) {
        return result.then((settled) => (settled.kind === "absent" ? authenticateFrom(index + 1, exchange) : settled));
      }
      if (result.kind !== "absent") return result;
    }
    return ABSENT;
  }

  function challenge(exchange: Exchange): Reply {
    for (const method of methods) {
      const reply = method.challenge(exchange);
      if (reply !== undefined) return reply;
    }
    throw new EdgeError("internal", { detail: "No sign-in method asks for credentials." });
  }

  return {
    authenticate: (exchange) => authenticateFrom(0, exchange),
    challenge,
    rejection: (exchange, result) => rejection(challenge(exchange), result),
  };
}

/** Turns a challenge into the answer to credentials that were refused. It says nothing of whether the name exists. */
export function rejection(challenge: Reply, { reason, candidate }: Rejected): Reply {
  const code = reason === "wrong" ? "credentials_wrong" : "credentials_malformed";
  return {
    ...challenge,
    status: ERRORS[code].status,
    body: `${ERRORS[code].message}\n`,
    code,
    ...(candidate === undefined ? {} : { candidate }),
  };
}

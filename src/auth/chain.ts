/** The sign-in methods in their order: the first that finds credentials of its own decides. */
import type { Exchange } from "../exchange.ts";
import type { Authenticator, AuthResult } from "./authenticator.ts";

/** A step of the chain: a method, or a guard, which answers or has no opinion (`absent`). */
export type Step = Pick<Authenticator, "authenticate">;

export interface Chain {
  /** Synchronous when the steps are: that is the hot path. `absent` when none found credentials. */
  authenticate(exchange: Exchange): AuthResult | Promise<AuthResult>;
}

const ABSENT: AuthResult = { kind: "absent" };

export function createChain(steps: readonly Step[]): Chain {
  function authenticateFrom(first: number, exchange: Exchange): AuthResult | Promise<AuthResult> {
    for (let index = first; index < steps.length; index += 1) {
      const result = steps[index]?.authenticate(exchange) ?? ABSENT;
      if (result instanceof Promise) {
        return result.then((settled) => (settled.kind === "absent" ? authenticateFrom(index + 1, exchange) : settled));
      }
      if (result.kind !== "absent") return result;
    }
    return ABSENT;
  }

  return { authenticate: (exchange) => authenticateFrom(0, exchange) };
}

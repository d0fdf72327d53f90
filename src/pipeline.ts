import type { AuthResult } from "./auth/authenticator.ts";
import type { Chain } from "./auth/chain.ts";
import type { Decide, Exchange, Reply, Verdict } from "./exchange.ts";
import { UpstreamHead, type UpstreamHeadOptions } from "./headers/upstream-head.ts";
import { errorReply, withSignInPage } from "./pages/replies.ts";

export interface PipelineOptions {
  readonly isServed: (host: string) => boolean;
  readonly chain: Chain;
  readonly upstreamHead: UpstreamHeadOptions;
  /** Is told of every sign-in that was refused. */
  readonly failedSignIn: (exchange: Exchange, result: Extract<AuthResult, { kind: "rejected" }>) => void;
}

/**
 * Decides what becomes of an exchange, and touches no socket. The order matters: a host that is not served is refused before anybody
 * is asked for a password, and nothing is forwarded without a verified user.
 */
export function createPipeline(options: PipelineOptions): Decide {
  return (exchange) => {
    const refusal = refuse(exchange, options);
    if (refusal !== undefined) return { kind: "reply", reply: refusal };
    const result = options.chain.authenticate(exchange);
    return result instanceof Promise ? result.then((late) => judge(exchange, late, options)) : judge(exchange, result, options);
  };
}

function refuse(exchange: Exchange, { isServed, upstreamHead }: PipelineOptions): Reply | undefined {
  const { head } = exchange;
  if (!isServed(head.host)) return errorReply("misdirected", exchange);
  if (head.method === "TRACE") return errorReply("method_refused", exchange);
  const via = head.fields.first("via");
  if (via !== undefined && head.fields.all("via").some((value) => value.includes(upstreamHead.pseudonym)))
    return errorReply("loop", exchange);
  return undefined;
}

function judge(exchange: Exchange, result: AuthResult, { chain, upstreamHead, failedSignIn }: PipelineOptions): Verdict {
  switch (result.kind) {
    case "authenticated": {
      const { user, setCookies = NO_COOKIES } = result;
      if (isLastHop(exchange)) return { kind: "reply", user, reply: { status: 204, fields: [["Allow", ALLOWED]], body: "" } };
      return { kind: "forward", head: UpstreamHead.for(exchange, user, upstreamHead), user, setCookies };
    }
    case "absent":
      return { kind: "reply", reply: withSignInPage(chain.challenge(exchange), exchange) };
    case "rejected":
      failedSignIn(exchange, result);
      return { kind: "reply", reply: withSignInPage(chain.rejection(exchange, result), exchange) };
    case "reply":
      return { kind: "reply", reply: result.reply };
    default:
      return result satisfies never;
  }
}

const NO_COOKIES: readonly string[] = [];
const ALLOWED = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/** OPTIONS with `Max-Forwards: 0` is answered by whoever receives it (RFC 9110 §7.6.2); of several lines, the lowest counts. */
function isLastHop({ head }: Exchange): boolean {
  return head.method === "OPTIONS" && head.fields.all("max-forwards").some((value) => /^0+$/.test(value));
}

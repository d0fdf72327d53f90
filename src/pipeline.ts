import type { AuthResult } from "./auth/authenticator.ts";
import type { Exemption } from "./auth/exemption.ts";
import { User } from "./auth/user.ts";
import type { Decide, Exchange, Reply, Verdict } from "./exchange.ts";
import { UpstreamHead, type UpstreamHeadOptions } from "./headers/upstream-head.ts";
import { errorReply, withWaitPage } from "./pages/replies.ts";
import type { Route } from "./routes/route.ts";
import type { RouteTable } from "./routes/route-table.ts";
import type { SignIn } from "./sign-in/sign-in.ts";

export interface PipelineOptions {
  readonly isServed: (host: string) => boolean;
  /** Asked for every request: a reload puts another table in its place. */
  readonly routes: () => RouteTable;
  /** Seconds until the client may ask again without a sign-in; 0: it may now. */
  readonly rate: (exemption: Exemption, exchange: Exchange) => number;
  readonly signIn: SignIn;
  readonly upstreamHead: UpstreamHeadOptions;
  /** Is told of every sign-in that was refused. */
  readonly failedSignIn: (exchange: Exchange, result: Extract<AuthResult, { kind: "rejected" }>) => void;
}

/**
 * Decides what becomes of an exchange, and touches no socket. The order matters: a host that is not served is refused before anybody
 * is asked for a password, and nothing is forwarded without a verified user or an exemption that covers the request.
 */
export function createPipeline(options: PipelineOptions): Decide {
  return (exchange) => {
    const refusal = refuse(exchange, options);
    if (refusal !== undefined) return { kind: "reply", reply: refusal };
    const own = options.signIn.pages(exchange);
    if (own !== undefined) return own;
    const route = options.routes().find(exchange.head);
    const exemption = route.exemptionFor(exchange.head);
    if (exemption !== undefined) return admit(exchange, route, exemption, options);
    const result = options.signIn.authenticate(exchange);
    return result instanceof Promise
      ? result.then((late) => judge(exchange, late, route, options))
      : judge(exchange, result, route, options);
  };
}

/**
 * A request on an exempted path is nobody's, whoever sends it: credentials are not looked at, neither right nor wrong ones, so that a
 * path open to strangers is no way to try passwords, and a page elsewhere can borrow no identity there.
 */
function admit(exchange: Exchange, route: Route, exemption: Exemption, options: PipelineOptions): Verdict {
  const wait = options.rate(exemption, exchange);
  if (wait === 0) return forward(exchange, route, exemption, NO_COOKIES, options);
  const reply = errorReply("exemption_rate", exchange);
  return { kind: "reply", reply: { ...reply, fields: [["Retry-After", String(wait)], ...reply.fields] } };
}

/** The only place where a head for somebody behind the edge is made. */
function forward(
  exchange: Exchange,
  route: Route,
  caller: User | Exemption,
  setCookies: readonly string[],
  { upstreamHead }: PipelineOptions,
): Verdict {
  const target = route.targetFor(exchange.head.target);
  if (target === undefined) return { kind: "reply", reply: errorReply("bad_target", exchange) };
  const head = UpstreamHead.for(exchange, caller, target, route, upstreamHead);
  const isUser = User.is(caller);
  return { kind: "forward", head, route, user: isUser ? caller : undefined, exemption: isUser ? undefined : caller, setCookies };
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

function judge(exchange: Exchange, result: AuthResult, route: Route, options: PipelineOptions): Verdict {
  const { signIn, failedSignIn } = options;
  switch (result.kind) {
    case "authenticated": {
      const { user, setCookies = NO_COOKIES } = result;
      if (isLastHop(exchange)) return { kind: "reply", user, reply: { status: 204, fields: [["Allow", ALLOWED]], body: "" } };
      return forward(exchange, route, user, setCookies, options);
    }
    case "absent":
      return { kind: "reply", reply: signIn.ask(exchange, result) };
    case "rejected":
      failedSignIn(exchange, result);
      return { kind: "reply", reply: signIn.ask(exchange, result) };
    case "reply":
      return { kind: "reply", reply: withWaitPage(result.reply, exchange) };
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

import { Exemption } from "../auth/exemption.ts";
import { holdsPass } from "../auth/pass/pass-text.ts";
import { User } from "../auth/user.ts";
import type { Exchange, RequestHead } from "../exchange.ts";
import { isHopByHop } from "./hop-by-hop.ts";
import type { IsOwned } from "./owned.ts";

/** The cookie of the edge's own sessions: it never reaches the Gateway. */
const EDGE_COOKIE = "__Host-openclaw-edge";
/**
 * Basic is the edge's own sign-in, and so is a Bearer that carries one of its device passes (`oce_…`); both also behind a comma: somebody
 * before us may have made one line of two. A foreign Bearer, which holds no comma, goes through.
 */
const EDGE_CREDENTIAL = /(?:^|,[ \t]*)(?:basic(?:[ \t]|$)|bearer[ \t]+oce_)/i;

/** The most that is written in Max-Forwards: the whole internet is 255 hops deep (RFC 791 §3.1). */
const MOST_FORWARDS = 255;

/** What the upstream head says in the edge's own name. */
export interface UpstreamHeadOptions {
  /** The field that carries the user's name, as written on the wire. */
  readonly userHeader: string;
  readonly isOwned: IsOwned;
  /** The value of X-OpenClaw-Scopes: the Gateway's operator scopes, comma separated; empty for none. Asked for every request. */
  readonly scopesOf: (user: User) => string;
  /** What this edge calls itself in Via (RFC 9110 §7.6.3). */
  readonly pseudonym: string;
}

/** What the way that a request takes asks of its head. */
export interface Destination {
  /** Whether whoever is there is told who is signed in. */
  readonly identity: boolean;
  /** The prefix that was taken off the path; undefined: none was. */
  readonly stripped: string | undefined;
}

/**
 * A request head that may go to the Gateway, or to whom a route leads. This file alone can make one, and it demands somebody verified or
 * an exemption that covers this very request: forgetting the sign-in does not compile.
 */
export class UpstreamHead {
  readonly #proof = true;
  /** The head without its framing fields and the empty line: latin1, ends in CR LF. */
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  /**
   * Strips every field that the edge owns, in any spelling, and every hop-by-hop field, and sets its own in front of what is left (strip,
   * then inject). Everything else keeps its order, spelling and value; Host and the target go through byte for byte.
   *
   * Without a user there is no user field, and the scopes are empty: absent they would mean all of them (`operator.admin` included) to a
   * Gateway, and whether somebody behind a route is one is not known here.
   *
   * @param target the request's, without the prefix that was taken off
   */
  static for(exchange: Exchange, caller: User | Exemption, target: string, to: Destination, options: UpstreamHeadOptions): UpstreamHead {
    const { head, client } = exchange;
    const isUser = User.is(caller);
    if (!isUser && !(Exemption.is(caller) && caller.covers(head)))
      throw new TypeError("an upstream head needs a verified user, or an exemption that covers the request");
    // Ours come first: there are servers that drop what is too many of a head's lines and say nothing (node:http 20, behind the first
    // thousand). Whoever sends as many must lose his own, and not the edge's: to the Gateway, who comes without them is local and may do all.
    let text = `${head.method} ${target} HTTP/1.1\r\nHost: ${head.authority}\r\n`;
    // Quoted or not, an IPv6 address goes bare: the Gateway reads X-Forwarded-For as a list of bare addresses.
    text += `X-Forwarded-For: ${client.address}\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: ${head.authority}\r\n`;
    if (to.stripped !== undefined) text += `X-Forwarded-Prefix: ${to.stripped}\r\n`;
    text +=
      isUser && to.identity
        ? `${options.userHeader}: ${caller.name}\r\nX-OpenClaw-Scopes: ${options.scopesOf(caller)}\r\n`
        : "X-OpenClaw-Scopes:\r\n";
    text += forwardedFields(head, options.isOwned);
    if (head.websocket) text += "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    // Behind those of the proxies before us (RFC 9110 §7.6.3).
    text += `Via: 1.${head.minor} ${options.pseudonym}\r\n`;
    return new UpstreamHead(text);
  }

  /** The complete head, with the framing that will be used for the body. Latin1. */
  serialise(framing: RequestHead["framing"], hasLength: boolean): string {
    if (!(#proof in this)) throw new TypeError("not an upstream head");
    switch (framing.kind) {
      case "none":
        return hasLength ? `${this.#text}Content-Length: 0\r\n\r\n` : `${this.#text}\r\n`;
      case "length":
        return `${this.#text}Content-Length: ${framing.length}\r\n\r\n`;
      case "chunked":
        return `${this.#text}Transfer-Encoding: chunked\r\n\r\n`;
      case "until-close":
        throw new TypeError("a request body can't be delimited by close (RFC 9112 §6.3)");
      default:
        return framing satisfies never;
    }
  }
}

function forwardedFields(head: RequestHead, isOwned: IsOwned): string {
  const { names, keys, values, length } = head.fields;
  let text = "";
  for (let index = 0; index < length; index++) {
    const key = keys[index] as string;
    if (key === "host" || isHopByHop(key, head.connection) || isOwned(key)) continue;
    let value = values[index] as string;
    if (key !== "cookie" && holdsPass(value)) continue;
    switch (key) {
      case "authorization":
        if (EDGE_CREDENTIAL.test(value)) continue;
        break;
      case "cookie":
        if (value.includes(EDGE_COOKIE) || holdsPass(value)) value = withoutEdgeCookies(value);
        if (value === "") continue;
        break;
      case "expect":
        if (!head.expectsContinue) continue;
        break;
      case "max-forwards":
        // One less, or as much as we say at most (RFC 9110 §7.6.2).
        if (head.method === "OPTIONS" && /^[0-9]+$/.test(value)) value = String(Math.min(Number(value), MOST_FORWARDS + 1) - 1);
        break;
    }
    text += `${names[index]}: ${value}\r\n`;
  }
  return text;
}

function withoutEdgeCookies(value: string): string {
  return value
    .split(";")
    .filter((pair) => !pair.trim().startsWith(EDGE_COOKIE) && !holdsPass(pair))
    .join(";")
    .trim();
}

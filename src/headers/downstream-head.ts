import type { ResponseHead } from "../http1/response-head.ts";
import { isHopByHop } from "./hop-by-hop.ts";

/** The cookie names that only the edge itself may set. A cookie without a name is sent back as its value alone, which then reads like one. */
const EDGE_COOKIE = /^\s*(?:=\s*)?__Host-openclaw-edge/;

const HSTS = "strict-transport-security";

/** What the edge adds to an answer on its way to the client. */
export interface DownstreamHeadOptions {
  /** The framing field: `Content-Length: N`, `Transfer-Encoding: chunked`, or none; with CR LF. */
  readonly framing: string;
  /** Whether this is the connection's last answer. */
  readonly close: boolean;
  /** Whole `Strict-Transport-Security` line with CR LF, or empty. */
  readonly hsts: string;
  /**
   * Whether the upstream's own one counts in its place. What a route leads to may speak for itself alone: browsers keep the field for the
   * whole host, and `max-age=0` ends it.
   */
  readonly isGateway: boolean;
  readonly setCookies: readonly string[];
  /** IMF-fixdate (RFC 9110 §5.6.7), for an upstream that sent no Date. */
  readonly date: string;
}

/** Writes an upstream's response head anew for the client. Latin1, ends in the empty line. */
export function downstreamHead(head: ResponseHead, options: DownstreamHeadOptions): string {
  const { isGateway } = options;
  let text = `HTTP/1.1 ${head.status} ${head.reason}\r\n${endToEndFields(head, isGateway)}`;
  if (head.fields.first("date") === undefined) text += `Date: ${options.date}\r\n`;
  if (options.hsts !== "" && !(isGateway && head.fields.first(HSTS) !== undefined)) text += options.hsts;
  for (const cookie of options.setCookies) text += `Set-Cookie: ${cookie}\r\n`;
  text += options.framing;
  return options.close ? `${text}Connection: close\r\n\r\n` : `${text}\r\n`;
}

/** An interim answer (1xx other than 101) is passed on with its fields and nothing else (RFC 9110 §15.2). */
export function interimHead(head: ResponseHead, isGateway: boolean): string {
  return `HTTP/1.1 ${head.status} ${head.reason}\r\n${endToEndFields(head, isGateway)}\r\n`;
}

/** The 101 that opens a tunnel. */
export function switchingHead(head: ResponseHead, isGateway: boolean): string {
  return `HTTP/1.1 101 ${head.reason}\r\n${endToEndFields(head, isGateway)}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
}

function endToEndFields(head: ResponseHead, isGateway: boolean): string {
  const { names, keys, values, length } = head.fields;
  let text = "";
  for (let index = 0; index < length; index++) {
    const key = keys[index] as string;
    if (isHopByHop(key, head.connection)) continue;
    const value = values[index] as string;
    if (key === "set-cookie" && EDGE_COOKIE.test(value)) continue;
    if (!isGateway && key === HSTS) continue;
    text += `${names[index]}: ${value}\r\n`;
  }
  return text;
}

/** The field that tells a client how the body ends, with CR LF; `chunked`: it gets chunks of ours. Empty where the connection's end tells. */
export function framingField(head: ResponseHead, chunked: boolean): string {
  if (chunked) return "Transfer-Encoding: chunked\r\n";
  switch (head.framing.kind) {
    case "length":
      return `Content-Length: ${head.framing.length}\r\n`;
    case "none": {
      // An answer to HEAD, and a 304, may tell the length of the body that is not there (RFC 9110 §8.6).
      const length = head.status === 204 ? undefined : head.fields.first("content-length");
      return length === undefined ? "" : `Content-Length: ${length}\r\n`;
    }
    case "chunked":
    case "until-close":
      return "";
    default:
      return head.framing satisfies never;
  }
}

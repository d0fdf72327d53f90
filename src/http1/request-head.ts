import type { Framing, RequestHead } from "../exchange.ts";
import type { ErrorCode } from "../errors.ts";
import type { Authority } from "./authority.ts";
import { parseAuthority } from "./authority.ts";
import { connectionOptions } from "./connection-options.ts";
import { parseFieldLines } from "./field-lines.ts";
import type { Fields } from "./fields.ts";
import { declaredFraming, NO_BODY } from "./framing.ts";
import { consistsOf, TARGET_OCTET, TCHAR } from "./grammar.ts";

export interface RequestGrammar {
  /** The scheme that an absolute-form target must have here. */
  readonly scheme: "http" | "https";
  /** Field lines allowed. */
  readonly fields: number;
}

/** No registered method is longer than 17 octets. */
const LONGEST_METHOD = 32;

/**
 * Reads a request head by RFC 9112's strict grammar: what passes has one meaning only, and everything else is refused, never repaired.
 *
 * @param text the head in latin1, from the request line to the empty line that ends it
 * @returns the head, or the code of what is wrong with it
 */
export function parseRequestHead(text: string, grammar: RequestGrammar): RequestHead | ErrorCode {
  // request-line = method SP request-target SP HTTP-version CRLF (§3), with single spaces and nothing around them
  const methodEnd = text.indexOf(" ");
  if (methodEnd < 1 || methodEnd > LONGEST_METHOD || !consistsOf(text, TCHAR, 0, methodEnd)) return "bad_request_line";
  const lineEnd = text.indexOf("\r\n");
  const targetEnd = text.indexOf(" ", methodEnd + 1);
  if (targetEnd < 0 || targetEnd !== lineEnd - 9) return "bad_request_line";
  const minor = httpMinor(text, targetEnd + 1);
  if (typeof minor === "string") return minor;
  const method = text.slice(0, methodEnd);
  if (method === "CONNECT") return "method_refused";
  const sent = text.slice(methodEnd + 1, targetEnd);
  if (!consistsOf(sent, TARGET_OCTET)) return "bad_target";

  const fields = parseFieldLines(text, lineEnd + 2, grammar.fields);
  if (typeof fields === "string") return fields;

  // Exactly one valid Host, even where the target names the authority itself (§3.2)
  if (fields.count("host") !== 1) return "bad_host";
  const hostField = parseAuthority(fields.first("host") ?? "");
  if (hostField === undefined) return "bad_host";
  const located = locate(method, sent, hostField, grammar.scheme);
  if (typeof located === "string") return located;

  const framing = declaredFraming(fields, minor) ?? NO_BODY;
  if (framing === "ambiguous") return "bad_framing";

  const connection = connectionOptions(fields);
  if (connection === undefined) return "bad_field";
  const expectsContinue = minor === 1 ? expectation(fields) : false;
  if (typeof expectsContinue === "string") return expectsContinue;
  const websocket = minor === 1 ? websocketHandshake(method, fields, connection, framing) : false;
  if (typeof websocket === "string") return websocket;

  return {
    method,
    target: located.target,
    minor,
    authority: located.authority.text,
    host: located.authority.host,
    port: located.authority.port,
    fields,
    framing,
    connection,
    // HTTP/1.0's keep-alive was never standardised and is not worth its ambiguities (RFC 9112 §9.3).
    persistent: minor === 1 && !connection.includes("close"),
    expectsContinue: expectsContinue && framing.kind !== "none",
    websocket,
    size: text.length,
  };
}

/** HTTP-version = "HTTP/" DIGIT "." DIGIT, case-sensitive (§2.3). */
function httpMinor(text: string, start: number): 0 | 1 | ErrorCode {
  if (text.startsWith("HTTP/1.1", start)) return 1;
  if (text.startsWith("HTTP/1.0", start)) return 0;
  return /^HTTP\/[0-9]\.[0-9]$/.test(text.slice(start, start + 8)) ? "version_not_supported" : "bad_request_line";
}

/** origin-form, absolute-form (whose authority wins over Host, §3.2.2), or asterisk-form; always handed on as origin-form or `*`. */
function locate(
  method: string,
  sent: string,
  host: Authority,
  scheme: RequestGrammar["scheme"],
): { readonly target: string; readonly authority: Authority } | ErrorCode {
  if (sent.startsWith("/")) return { target: sent, authority: host };
  if (sent === "*") return method === "OPTIONS" ? { target: sent, authority: host } : "bad_target";

  const prefix = `${scheme}://`;
  if (sent.slice(0, prefix.length).toLowerCase() !== prefix) return "bad_target";
  const rest = sent.slice(prefix.length);
  const end = rest.search(/[/?]/);
  const authority = parseAuthority(end < 0 ? rest : rest.slice(0, end));
  if (authority === undefined) return "bad_target";
  const path = end < 0 ? "" : rest.slice(end);
  if (path === "") return { target: method === "OPTIONS" ? "*" : "/", authority };
  return { target: path.startsWith("/") ? path : `/${path}`, authority };
}

function expectation(fields: Fields): boolean | ErrorCode {
  if (!fields.keys.includes("expect")) return false;
  const values = fields.all("expect");
  return values.length === 1 && values[0]?.toLowerCase() === "100-continue" ? true : "bad_expectation";
}

/**
 * Whether this is a complete WebSocket handshake (RFC 6455 §4.1). Upgrade to anything else, or without the Connection option,
 * is no handshake: the field is dropped on the way. A handshake that is begun and not complete is refused.
 */
function websocketHandshake(method: string, fields: Fields, connection: readonly string[], framing: Framing): boolean | ErrorCode {
  if (!connection.includes("upgrade")) return false;
  const upgrade = fields.all("upgrade");
  if (upgrade.length !== 1 || upgrade[0]?.toLowerCase() !== "websocket") return false;

  if (fields.count("sec-websocket-version") !== 1 || fields.first("sec-websocket-version") !== "13") return "websocket_version";
  // 16 octets in base64: 22 significant characters of which the last carries two bits only
  const keyIsComplete =
    fields.count("sec-websocket-key") === 1 && /^[A-Za-z0-9+/]{21}[AQgw]==$/.test(fields.first("sec-websocket-key") ?? "");
  return method === "GET" && framing.kind === "none" && keyIsComplete ? true : "bad_websocket";
}

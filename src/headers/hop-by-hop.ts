import type { Fields } from "../http1/fields.ts";
import { tokenList } from "../http1/grammar.ts";

/**
 * The fields that belong to one connection and never cross a gateway (RFC 9110 §7.6.1). Content-Length stands with them:
 * it is written anew from the framing that was understood, and Expect is decided by the edge.
 */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
  "content-length",
]);

/** Whether a field (key in lower case) must not be forwarded; `nominated` are the names that the message's Connection field lists. */
export function isHopByHop(key: string, nominated: readonly string[]): boolean {
  return HOP_BY_HOP.has(key) || (nominated.length > 0 && nominated.includes(key));
}

const NONE: readonly string[] = [];
/** The options that name no field; alone, they are what almost every message says. */
const CONNECTION_OPTIONS: ReadonlySet<string> = new Set(["close", "keep-alive", "upgrade"]);

/** The field names that a message's Connection field nominates, in lower case. */
export function nominatedFields(fields: Fields): readonly string[] {
  const value = fields.first("connection");
  if (value === undefined || (CONNECTION_OPTIONS.has(value.toLowerCase()) && fields.count("connection") === 1)) return NONE;
  return tokenList(fields.all("connection").join(",")) ?? NONE;
}

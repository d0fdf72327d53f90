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

/** The first letters of those: this is asked for every field of every message, and most begin otherwise. */
const INITIALS = new Uint8Array(128);
for (const name of HOP_BY_HOP) INITIALS[name.charCodeAt(0)] = 1;

/** Whether a field (key in lower case) must not be forwarded; `nominated` are the names that the message's Connection field lists. */
export function isHopByHop(key: string, nominated: readonly string[]): boolean {
  return (INITIALS[key.charCodeAt(0)] === 1 && HOP_BY_HOP.has(key)) || (nominated.length > 0 && nominated.includes(key));
}

import { isIPv6 } from "node:net";

/** A parsed `uri-host [":" port]` (RFC 3986 §3.2, without userinfo, which HTTP forbids: RFC 9110 §4.2.4). */
export interface Authority {
  /** As sent. */
  readonly text: string;
  /** Lower case, without port; IPv6 without brackets. */
  readonly host: string;
  readonly port: number | undefined;
}

const GRAMMAR = /^(?:\[([0-9A-Fa-f:.]{2,45})\]|((?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2}){1,255}))(?::([0-9]{0,5}))?$/;

/** The same few names come with every request: remembering them saves the regular expression. Bounded, and dropped whole when full. */
const remembered = new Map<string, Authority>();
const REMEMBERED = 64;

/** Undefined when `text` is no authority: empty, with userinfo, with a broken IPv6 address or percent-encoding, or with a port above 65535. */
export function parseAuthority(text: string): Authority | undefined {
  const known = remembered.get(text);
  if (known !== undefined) return known;

  const match = GRAMMAR.exec(text);
  if (match === null || (match[1] !== undefined && !isIPv6(match[1]))) return undefined;
  const port = match[3] ? Number(match[3]) : undefined;
  if (port !== undefined && port > 65_535) return undefined;
  const authority: Authority = { text, host: (match[1] ?? match[2] ?? "").toLowerCase(), port };
  if (remembered.size === REMEMBERED) remembered.clear();
  remembered.set(text, authority);
  return authority;
}

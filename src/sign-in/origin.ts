import type { RequestHead } from "../exchange.ts";

/** Methods that must change nothing (RFC 9110 §9.2.1). TRACE never gets here. */
const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Whether the request may change something, or opens what a page elsewhere could then read: a WebSocket has no same-origin policy. */
export const mayHarm = ({ method, websocket }: RequestHead): boolean => websocket || !SAFE.has(method);

/**
 * Whether a browser says that a page of another origin sent this: `null`, another port, a sub-domain and another name of this edge are
 * other origins, too (they may be other people's programs). A browser says so on every cross-site request that is not safe and on every
 * WebSocket (Fetch §3.1, RFC 6455 §4.1), so what says nothing is no browser.
 */
export function isForeign(head: RequestHead): boolean {
  const { fields } = head;
  const sites = fields.all("sec-fetch-site");
  // `none`: the person did it, with the address bar or a bookmark.
  if (sites.some((site) => site !== "same-origin" && site !== "none")) return true;
  const own = ownOrigin(head);
  return fields.all("origin").some((origin) => origin !== own);
}

/** The origin of the address that the client opened, as browsers write it (RFC 6454 §6.2). Its host is one that this edge serves. */
export function ownOrigin({ host, port }: RequestHead): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return `https://${name}${port === undefined || port === 443 ? "" : `:${port}`}`;
}

import { mistake, shown, type Read } from "./read.ts";

/** Fields that the edge or the Gateway needs for something else: carrying the identity in one would break it, or let a client set it. */
const TAKEN = new Set(
  (
    "accept accept-encoding accept-language age allow authorization cache-control connection content-encoding content-length content-type cookie " +
    "date expect forwarded from host idempotency-key if-match if-modified-since if-none-match if-range if-unmodified-since keep-alive " +
    "last-event-id location max-forwards origin pragma proxy-authenticate proxy-authorization proxy-connection range referer set-cookie te trailer " +
    "transfer-encoding true-client-ip upgrade user-agent vary via www-authenticate x-forwarded-for x-forwarded-host x-forwarded-port " +
    "x-forwarded-prefix x-forwarded-proto x-forwarded-server x-forwarded-scheme x-forwarded-ssl x-real-ip x-request-id"
  ).split(" "),
);
const TAKEN_PREFIXES = ["access-control-", "cf-", "sec-", "tailscale-", "x-openclaw-"];

/** The field that carries the user's name upstream, lower case. */
export function readUserHeader(text: string): Read<string> {
  const name = text.toLowerCase();
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(name)) {
    return mistake(`${shown(text)} is no field name.`, "Use letters, digits and hyphens, beginning with a letter: x-forwarded-user.");
  }
  if (TAKEN.has(name) || TAKEN_PREFIXES.some((prefix) => name.startsWith(prefix))) {
    return mistake(`${shown(name)} has another meaning on the way to the Gateway.`, "Take a field of its own: x-forwarded-user.");
  }
  return { value: name };
}

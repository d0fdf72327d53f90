import { canonicalAddress } from "../config/names.ts";
import type { Client, RequestHead } from "../exchange.ts";
import { detached } from "../http1/detached.ts";
import { prefixOf } from "./client-address.ts";

/**
 * Who the client is when a proxy of the operator's own stands in front: the right-most address in X-Forwarded-For that is not a trusted
 * hop's. What stands left of it was written by whoever sent it, and anybody can write anything there.
 *
 * Where a hop wrote nothing, or nothing that is an address, the nearest hop that is known counts as the client.
 */
export function clientBehind(peer: Client, head: RequestHead, isTrusted: (address: string) => boolean): Client {
  if (!isTrusted(peer.address)) return peer;
  let client = peer;
  // Several lines are one list (RFC 9110 §5.3).
  const hops = head.fields.all("x-forwarded-for").join(",").split(",");
  for (const hop of hops.toReversed()) {
    const address = addressOf(hop.trim());
    if (address === undefined) break;
    client = { address, port: 0, prefix: prefixOf(address) };
    if (!isTrusted(address)) break;
  }
  return client;
}

/** `192.0.2.1`, `2001:db8::1`, and as some proxies write them: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function addressOf(text: string): string | undefined {
  const address = canonicalAddress(/^(\[[^\]]*\]|[\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text);
  // Sessions, tunnels and limits remember it, and the head shall not live as long.
  return address === undefined ? undefined : detached(address);
}

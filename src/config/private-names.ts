import { BlockList, isIP } from "node:net";

import type { ServedName } from "./served-name.ts";

/**
 * Suffixes, each standing for itself and every name below, that no public CA issues for and no public registry delegates:
 * `localhost` and `test` (RFC 6761), `local` (RFC 6762), `home.arpa` (RFC 8375), `internal` (reserved by ICANN in 2024), `lan` (what
 * routers hand out; never delegated because of it). Left out on purpose: `example` (RFC 2606: documentation; in a configuration it is a
 * placeholder that somebody forgot, and must not start as if it were right), `invalid`, and `box`, `home`, `corp` and the like, which
 * are delegated or may be some day.
 */
export const PRIVATE_SUFFIXES: readonly string[] = ["localhost", "local", "internal", "home.arpa", "lan", "test"];

/** Address ranges that are not reachable from the Internet: loopback, RFC 1918, link-local, CGNAT (RFC 6598, Tailscale too), ULA. */
export const PRIVATE_RANGES: readonly { readonly address: string; readonly prefix: number }[] = [
  { address: "127.0.0.0", prefix: 8 },
  { address: "10.0.0.0", prefix: 8 },
  { address: "172.16.0.0", prefix: 12 },
  { address: "192.168.0.0", prefix: 16 },
  { address: "169.254.0.0", prefix: 16 },
  { address: "100.64.0.0", prefix: 10 },
  { address: "::1", prefix: 128 },
  { address: "fc00::", prefix: 7 },
  { address: "fe80::", prefix: 10 },
];

const ranges = new BlockList();
for (const { address, prefix } of PRIVATE_RANGES) ranges.addSubnet(address, prefix, family(address));

/** Whether no public CA could ever vouch for the name, so that the local CA is the only way. Single-label names are private too. */
export function isPrivateName(name: ServedName): boolean {
  if (name.kind === "ip") return ranges.check(name.value, family(name.value));
  return !name.value.includes(".") || PRIVATE_SUFFIXES.some((suffix) => name.value === suffix || name.value.endsWith(`.${suffix}`));
}

function family(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 4 ? "ipv4" : "ipv6";
}

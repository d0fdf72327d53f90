import net from "node:net";

import { canonicalAddress } from "../config/names.ts";
import type { Client } from "../exchange.ts";

/** The client of a socket that was just accepted; undefined when it has already left. */
export function clientOf(socket: net.Socket): Client | undefined {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  const address = socketAddress(remoteAddress);
  return { address, port: remotePort, prefix: prefixOf(address) };
}

/** @param address as somebody else wrote it, in any spelling that the grammar of addresses allows */
export function clientAt(address: string, port: number): Client {
  const canonical = canonicalAddress(address) ?? address;
  return { address: canonical, port, prefix: prefixOf(canonical) };
}

/** IPv4 clients of a socket that listens on `::` come as `::ffff:192.0.2.1`; a zone index (`%eth0`) is of this machine only. */
export function socketAddress(address: string): string {
  const bare = address.includes("%") ? address.slice(0, address.indexOf("%")) : address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare);
  return mapped?.[1] ?? bare;
}

/** What limits count by: a subscriber gets one IPv4 address, or an IPv6 /64. */
export function prefixOf(address: string): string {
  if (!net.isIPv6(address)) return address;
  const [head = "", tail] = address.split("::");
  const leading = head === "" ? [] : head.split(":");
  const trailing = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups =
    tail === undefined ? leading : [...leading, ...Array.from({ length: 8 - leading.length - trailing.length }, () => "0"), ...trailing];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}

export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

import { isIPv4 } from "node:net";

import { canonicalAddress } from "./names.ts";
import { mistake, shown, type Read } from "./read.ts";

/** Bits below which a network is no longer somebody's own: 10.0.0.0/8 is the largest private one, and no provider's IPv6 is wider than /16. */
const WIDEST = { ipv4: 8, ipv6: 16 } as const;

/** A network as `192.0.2.0/24` or one address; host bits are refused, since what is meant would have to be guessed. */
export function readCidr(text: string): Read<string> {
  const [written = "", bits, ...rest] = text.split("/");
  const address = canonicalAddress(written);
  if (address === undefined || rest.length > 0) {
    return mistake(`${shown(text)} is no network.`, "Write an address, or a network such as 10.0.0.0/8 or 2001:db8::/32.");
  }
  const family = isIPv4(address) ? "ipv4" : "ipv6";
  const all = family === "ipv4" ? 32 : 128;
  if (bits === undefined) return { value: `${address}/${all}` };
  const length = /^(?:0|[1-9][0-9]{0,2})$/.test(bits) ? Number(bits) : Infinity;
  if (length > all)
    return mistake(`${shown(text)} has no valid prefix length.`, `Write a number from ${WIDEST[family]} to ${all} behind the slash.`);
  if (length < WIDEST[family]) {
    return mistake(
      `${shown(text)} is far more than one's own proxies: anybody in it could say who the client is.`,
      `Name the proxies' own addresses; the widest network taken is /${WIDEST[family]}.`,
    );
  }
  const octets = octetsOf(address);
  const start = networkOf(octets, length);
  if (!start.every((octet, index) => octet === octets[index])) {
    const network = canonicalAddress(textOf(start)) ?? "";
    return mistake(
      `${shown(text)} is an address inside a network.`,
      `Write ${network}/${length} for the network, or ${address} for the address.`,
    );
  }
  return { value: `${address}/${length}` };
}

function octetsOf(address: string): readonly number[] {
  if (isIPv4(address)) return address.split(".").map(Number);
  const [head = "", tail] = address.split("::");
  const groups = (text: string): readonly string[] => (text === "" ? [] : text.split(":"));
  const leading = groups(head);
  const trailing = groups(tail ?? "");
  const missing = tail === undefined ? 0 : 8 - leading.length - trailing.length;
  const all = [...leading, ...Array.from({ length: missing }, () => "0"), ...trailing];
  return all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]);
}

function networkOf(octets: readonly number[], length: number): readonly number[] {
  return octets.map((octet, index) => {
    const kept = Math.max(0, Math.min(8, length - 8 * index));
    return octet & (0xff << (8 - kept)) & 0xff;
  });
}

function textOf(octets: readonly number[]): string {
  if (octets.length === 4) return octets.join(".");
  return Array.from({ length: 8 }, (_, index) =>
    (((octets[2 * index] as number) << 8) | (octets[2 * index + 1] as number)).toString(16),
  ).join(":");
}

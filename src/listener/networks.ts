import { BlockList, isIPv6 } from "node:net";

/**
 * Whether an address lies in one of some networks; undefined where there are none, so that nobody pays for asking.
 *
 * @param cidrs in canonical form: `10.0.0.0/8`, `2001:db8::/32`
 */
export function membership(cidrs: readonly string[]): ((address: string) => boolean) | undefined {
  if (cidrs.length === 0) return undefined;
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = "", bits] = cidr.split("/");
    list.addSubnet(address, Number(bits), family(address));
  }
  return (address) => list.check(address, family(address));
}

const family = (address: string): "ipv4" | "ipv6" => (isIPv6(address) ? "ipv6" : "ipv4");

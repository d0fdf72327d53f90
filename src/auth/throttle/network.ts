/** The /48 of an IPv6 client prefix (`2001:db8:1:2::/64` → `2001:db8:1::/48`), which is what one customer is often given; IPv4: none. */
export function networkOf(prefix: string): string | undefined {
  if (!prefix.endsWith("::/64")) return undefined;
  return `${prefix.slice(0, prefix.lastIndexOf(":", prefix.length - 6))}::/48`;
}

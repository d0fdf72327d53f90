import type { ServedName } from "../../config/served-name.ts";

/** Where clients reach the edge, by its configuration; a name to be filled in where nothing says it. */
export function originIn(domains: readonly ServedName[], port = 443): string {
  const [first] = domains;
  const host = first === undefined ? "YOUR.DOMAIN" : first.value.includes(":") ? `[${first.value}]` : first.value;
  return `https://${host}${port === 443 || port === 0 ? "" : `:${port}`}`;
}

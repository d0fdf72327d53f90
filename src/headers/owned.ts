/**
 * The alias rule: which of a client's fields the edge itself owns, in any spelling.
 *
 * A name is folded (`_` and `.` to `-`, upper case to lower) before it is compared, because somebody behind us may fold it the same way:
 * CVE-2025-64484, CVE-2026-39858, GHSA-f59h-q822-g45g. The list is closed: an unknown name passes, underscores included (RFC 9110 §5.1).
 */
export type IsOwned = (key: string) => boolean;

const PREFIXES = ["x-forwarded-", "x-openclaw-edge-", "cf-", "tailscale-"] as const;
const NAMES = ["x-real-ip", "forwarded", "true-client-ip", "x-openclaw-scopes", "proxy-authorization"] as const;

/** @param userHeader the configured field that carries the user's name, lower case */
export function ownedFields(userHeader: string): IsOwned {
  const names = new Set<string>([...NAMES, fold(userHeader)]);
  // The first letter alone lets most fields pass: this runs for every field of every request.
  const initials = new Uint8Array(128);
  for (const name of [...PREFIXES, ...names]) initials[name.charCodeAt(0)] = 1;

  return (key) => {
    if (initials[key.charCodeAt(0)] !== 1) return false;
    const folded = fold(key);
    if (names.has(folded)) return true;
    for (const prefix of PREFIXES) if (folded.startsWith(prefix)) return true;
    return false;
  };
}

function fold(name: string): string {
  const lower = name.toLowerCase();
  return lower.includes("_") || lower.includes(".") ? lower.replace(/[_.]/g, "-") : lower;
}

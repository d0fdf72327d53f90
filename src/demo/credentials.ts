import { randomBytes } from "node:crypto";

/** Crockford's base 32 in lower case: no i, l, o or u, so that nothing is misread. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
/** Cost 10 is htpasswd's own order of magnitude: 70 ms a check. */
const COST = 10;

/** A password of 80 random bits, in groups that can be read aloud: `k7mq-3vxh-9ptr-2wbd`. */
export function readablePassword(): string {
  const characters = Array.from(randomBytes(16), (octet) => ALPHABET[octet & 31]);
  return [0, 4, 8, 12].map((start) => characters.slice(start, start + 4).join("")).join("-");
}

/** A line of an htpasswd file. */
export async function htpasswdLine(user: string, password: string): Promise<string> {
  // The edge itself only compares, in its worker; this is the one place that makes a hash, and only the demo loads it.
  // oxlint-disable-next-line eslint/no-restricted-imports
  const { hash } = await import("bcryptjs");
  return `${user}:${await hash(password, COST)}\n`;
}

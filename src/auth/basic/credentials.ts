/** The value of an Authorization field with the scheme Basic (RFC 7617). Pure. */
import { USER_NAME } from "./htpasswd.ts";

export type Credentials =
  | { readonly kind: "basic"; readonly name: string; readonly password: string }
  /** Another scheme. */
  | { readonly kind: "other" }
  /** Basic, and not what RFC 7617 allows, or a name that no user can have. */
  | { readonly kind: "malformed" };

/** Octets of a password that bcrypt looks at. What it would cut off must not be ignored, so nobody has a longer one. */
export const LONGEST_PASSWORD = 72;

/** `ignoreBOM`: a password may begin with U+FEFF, and that is part of it. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The whole token `basic`, and the spaces after it (RFC 9110 §11.4). */
const SCHEME = /^basic(?![!#$%&'*+\-.^_`|~0-9A-Za-z]) */i;
// oxlint-disable-next-line no-control-regex -- RFC 7617 §2: neither name nor password may hold one
const CONTROL = /[\u0000-\u001f\u007f]/;

const OTHER: Credentials = { kind: "other" };
const MALFORMED: Credentials = { kind: "malformed" };

export function parseCredentials(value: string): Credentials {
  const scheme = SCHEME.exec(value);
  if (scheme === null) return OTHER;
  const encoded = value.slice(scheme[0].length);
  const octets = Buffer.from(encoded, "base64");
  // Buffer skips what is not base64; only what it writes back letter by letter was strict (RFC 4648 §3.2, §3.5).
  if (octets.toString("base64") !== encoded) return MALFORMED;
  // 0x3A occurs in UTF-8 only as itself, and a name holds none (RFC 7617 §2).
  const colon = octets.indexOf(0x3a);
  if (colon === -1) return MALFORMED;
  const name = octets.toString("latin1", 0, colon);
  if (!USER_NAME.test(name)) return MALFORMED;
  const password = decoded(octets.subarray(colon + 1));
  if (password === undefined || CONTROL.test(password)) return MALFORMED;
  return { kind: "basic", name, password };
}

/** Whether anybody can have this name with this password. bcrypt ends a password at NUL and at 72 octets, so neither may be ignored. */
export function isPossible(name: string, password: string): boolean {
  return (
    USER_NAME.test(name) &&
    // A UTF-16 unit is at most three octets, and at least one.
    (password.length <= LONGEST_PASSWORD / 3 || (password.length <= LONGEST_PASSWORD && Buffer.byteLength(password) <= LONGEST_PASSWORD)) &&
    !CONTROL.test(password)
  );
}

function decoded(octets: Uint8Array): string | undefined {
  try {
    return utf8.decode(octets);
  } catch {
    return undefined;
  }
}

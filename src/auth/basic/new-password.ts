/** What a new password has to be. The rules for passwords that are only checked are in credentials.ts. */
import { commonness } from "./common-password.ts";
import { LONGEST_PASSWORD } from "./credentials.ts";

export interface NewPasswordContext {
  /** Whose it is to be. */
  readonly name: string;
  /** The names that the edge answers for. */
  readonly domains: readonly string[];
  /** From 8 characters on, where the operator says so. */
  readonly allowWeak: boolean;
}

export type NewPassword =
  | { readonly kind: "good"; readonly password: string }
  | { readonly kind: "refused"; readonly what: string; readonly mend: string };

/** Characters. NIST SP 800-63B-4 asks for 15 where a password is all there is, and for 8 at the very least; 12 is OWASP's middle. */
const LEAST = 12;
const LEAST_WEAK = 8;
/** Octets of UTF-8 that a file or a pipe may bring: more than a password can have, so that a longer one is called too long. */
export const MOST_READ = 4_096;

// oxlint-disable-next-line no-control-regex -- RFC 7617 §2: a password may not hold one
const CONTROL = /[\u0000-\u001f\u007f]/;

const LONGER = "Take some words that nobody would guess together, or let a password manager make one.";

/** Looks at a password that somebody chose; what it says never repeats it. A good one comes back in Unicode's composed form (RFC 8265). */
export function readNewPassword(written: string, { name, domains, allowWeak }: NewPasswordContext): NewPassword {
  // What one keyboard sends as one character, another sends as two.
  const password = written.normalize("NFC");
  const [characters, octets, least] = [[...password].length, Buffer.byteLength(password), allowWeak ? LEAST_WEAK : LEAST];
  if (characters === 0) return refused("It is empty.", LONGER);
  if (CONTROL.test(password))
    return refused("It has control characters in it (a tab, a line end), which no sign-in can send.", "Leave them out.");
  if (octets > LONGEST_PASSWORD) {
    const what = `It has ${octets} octets, and bcrypt takes ${LONGEST_PASSWORD}: the rest would be ignored.`;
    return refused(what, "Take a shorter one.");
  }
  if (characters < least) {
    const eight = allowWeak || characters < LEAST_WEAK ? "" : ` (--allow-weak takes ${LEAST_WEAK}.)`;
    return refused(`It has ${characters} characters; the least is ${least}.`, `${LONGER}${eight}`);
  }
  const common = commonness(password, [name, ...domains], least);
  if (common !== undefined) return refused(`It is ${common}.`, LONGER);
  return { kind: "good", password };
}

const refused = (what: string, mend: string): NewPassword => ({ kind: "refused", what, mend });

/** The text of a device pass: `oce_<id>_<secret>`, recognisable in any field, log or leaked file. Pure. */
import { hash, randomBytes, randomInt } from "node:crypto";

/** What a pass is, taken apart. */
export interface PassText {
  /** Public: it is shown, logged and used to take the pass back. */
  readonly id: string;
  /** The whole, to be kept by nobody but its device. */
  readonly text: string;
}

/** Without 0, 1, l and o: an id is read from a screen and typed. */
const ID_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";
const SECRET_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

const ID_LENGTH = 10;
/** Letters out of 62: 256 bits. */
const SECRET_LENGTH = 43;

const PASS = /^oce_([a-z2-9]{10})_[A-Za-z0-9]{43}$/;
export const PASS_ID = /^[a-z2-9]{10}$/;

export function newPass(): PassText {
  const id = Array.from(randomBytes(ID_LENGTH), (octet) => ID_LETTERS.charAt(octet & 31)).join("");
  const secret = Array.from({ length: SECRET_LENGTH }, () => SECRET_LETTERS.charAt(randomInt(SECRET_LETTERS.length))).join("");
  return { id, text: `oce_${id}_${secret}` };
}

/** Undefined: it is no pass, or not the whole of one. */
export function readPass(text: string): PassText | undefined {
  const id = PASS.exec(text)?.[1];
  return id === undefined ? undefined : { id, text };
}

/**
 * What is kept of a pass. One round of SHA-256 is enough here, where a password needs bcrypt: a slow hash makes guessing dear, and a
 * secret of 256 random bits can't be guessed at any speed. It takes a microsecond, so a stranger can't make the edge work with wrong ones.
 */
export const hashOfPass = (text: string): string => hash("sha256", text, "base64url");

/** The beginning of every pass. */
export const PASS_MARK = "oce_";

/** A pass within a longer text, cut short or not: what is left of a secret is a secret. */
const HELD = /oce_[a-z2-9]{10}_[A-Za-z0-9]{8}/;

/** Octets of the shortest text that `holdsPass` finds. */
const HELD_LENGTH = PASS_MARK.length + ID_LENGTH + 1 + 8;

/** Whether a pass stands in a field's value, whatever stands around it. Asked for every field that is forwarded. */
export function holdsPass(value: string): boolean {
  return value.length >= HELD_LENGTH && value.includes(PASS_MARK) && HELD.test(value);
}

/** Where a request may carry a device pass. Pure. */
import { parseCredentials } from "../basic/credentials.ts";
import { PASS_MARK, readPass } from "./pass-text.ts";
import type { Fields } from "../../http1/fields.ts";

/** For clients whose Authorization is not their own (iOS's media loader overwrites it). */
export const PASS_FIELD = "x-openclaw-edge-pass";
/** The two fields of a Cloudflare service token, which OpenClaw's own clients can send. */
export const ID_FIELD = "cf-access-client-id";
export const SECRET_FIELD = "cf-access-client-secret";

export type Presented =
  | { readonly kind: "pass"; readonly text: string; /** The name, in lower case, of the field that it stands in. */ readonly field: string }
  /** No pass; another method may find something. */
  | { readonly kind: "none" }
  /** Something that is meant for a pass and is none: cut short, doubled, another one beside it. */
  | { readonly kind: "malformed" };

const NONE: Presented = { kind: "none" };
const MALFORMED: Presented = { kind: "malformed" };

/** The scheme's name is case-insensitive, and one or more spaces follow it (RFC 9110 §11.4). */
const BEARER = /^bearer +(.*)$/is;

export function presented(fields: Fields): Presented {
  const found = [ofOwnField(fields), ofClientFields(fields), ofAuthorization(fields)].filter(({ kind }) => kind !== "none");
  const [first, ...others] = found;
  if (first === undefined) return NONE;
  // Of two different ones, a log or the next proxy could believe the other.
  return first.kind === "pass" && others.every((other) => other.kind === "pass" && other.text === first.text) ? first : MALFORMED;
}

function ofOwnField(fields: Fields): Presented {
  const value = fields.first(PASS_FIELD);
  if (value === undefined) return NONE;
  return fields.count(PASS_FIELD) === 1 ? whole(value, PASS_FIELD) : MALFORMED;
}

/** A secret that is no pass is somebody else's: a real service token, on its way through Cloudflare. */
function ofClientFields(fields: Fields): Presented {
  const secret = fields.first(SECRET_FIELD);
  if (secret?.startsWith(PASS_MARK) !== true) return NONE;
  if (fields.count(SECRET_FIELD) > 1 || fields.count(ID_FIELD) !== 1) return MALFORMED;
  const pass = whole(secret, SECRET_FIELD);
  return pass.kind === "pass" && readPass(pass.text)?.id === fields.first(ID_FIELD) ? pass : MALFORMED;
}

function ofAuthorization(fields: Fields): Presented {
  const value = fields.first("authorization");
  if (value === undefined) return NONE;
  const token = BEARER.exec(value)?.[1]?.trim();
  if (token !== undefined) {
    if (!token.startsWith(PASS_MARK)) return NONE;
    return fields.count("authorization") === 1 ? whole(token, "authorization") : MALFORMED;
  }
  // The name beside a pass is for people: what the pass is says whose it is.
  const credentials = parseCredentials(value);
  const isPass = credentials.kind === "basic" && readPass(credentials.password) !== undefined;
  if (!isPass) return NONE;
  return fields.count("authorization") === 1 ? whole(credentials.password, "authorization") : MALFORMED;
}

const whole = (text: string, field: string): Presented => (readPass(text) === undefined ? MALFORMED : { kind: "pass", text, field });

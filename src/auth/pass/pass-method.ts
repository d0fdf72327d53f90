/** Sign-in by device pass: the memo of the connection, then one hash. Answers at once, unless the pass is unknown. */
import { EdgeError, ERRORS } from "../../errors.ts";
import { detached } from "../../http1/detached.ts";
import { createWrongMemory } from "../basic/wrong-memory.ts";
import { hashOfPass } from "./pass-text.ts";
import { PASS_FIELD, presented, SECRET_FIELD } from "./presented.ts";
import type { Exchange, Reply } from "../../exchange.ts";
import type { Fields } from "../../http1/fields.ts";
import type { Authenticator, AuthResult } from "../authenticator.ts";
import type { Pass, Passes } from "./passes.ts";

const ABSENT: AuthResult = { kind: "absent" };

/**
 * Wrong passes are not throttled: a secret of 256 bits can't be guessed, each costs a microsecond and no bcrypt, and counting them would
 * let a stranger make his neighbours wait for their passwords.
 */
export function createPassMethod(passes: Pick<Passes, "find" | "used" | "refresh" | "generation">): Authenticator {
  /** Passes that were wrong before: a device whose pass was revoked asks on and on. */
  const wrong = createWrongMemory(1_024);

  function authenticate(exchange: Exchange): AuthResult | Promise<AuthResult> {
    const { head, client, memo } = exchange;
    const { fields } = head;
    const known = memo.pass;
    if (known !== undefined && known.generation === passes.generation && isAlone(known, fields)) {
      passes.used(known.pass, client.address);
      return known.pass.result;
    }
    if (!mayCarry(exchange)) return ABSENT;
    const found = presented(fields);
    switch (found.kind) {
      case "none":
        return ABSENT;
      case "malformed":
        return MALFORMED;
      case "pass":
        break;
      default:
        return found satisfies never;
    }
    const pass = passes.find(found.text);
    if (pass !== undefined) return welcome(exchange, found.field, pass);
    if (isRefused(found.text, client.prefix)) return AGAIN;
    // It may have been made a moment ago.
    const { signal } = exchange;
    return passes.refresh().then(() => {
      if (signal.aborted) throw new EdgeError("client_left");
      const made = passes.find(found.text);
      return made === undefined ? refuse(found.text, client.prefix) : welcome(exchange, found.field, made);
    });
  }

  function welcome({ head, client, memo }: Exchange, field: string, pass: Pass): AuthResult {
    memo.pass = { field, value: detached(head.fields.first(field) ?? ""), pass, generation: passes.generation };
    passes.used(pass, client.address);
    return pass.result;
  }

  function isRefused(text: string, prefix: string): boolean {
    return wrong.has(`${hashOfPass(text)} ${prefix}`, String(passes.generation));
  }

  function refuse(text: string, prefix: string): AuthResult {
    wrong.add(`${hashOfPass(text)} ${prefix}`, String(passes.generation));
    return REFUSED;
  }

  return { method: "pass", authenticate };
}

/** Whether this is the field that opened before, and nothing else that may hold a pass stands beside it: another one could be believed. */
function isAlone({ field, value }: { readonly field: string; readonly value: string }, fields: Fields): boolean {
  if (fields.first(field) !== value || fields.count(field) > 1) return false;
  for (const other of FIELDS) if (other !== field && fields.first(other) !== undefined) return false;
  return true;
}

const FIELDS = ["authorization", PASS_FIELD, SECRET_FIELD];

/** Most requests have none of these fields, or a password that is verified already: the next method knows it. */
function mayCarry({ head: { fields }, memo }: Exchange): boolean {
  if (fields.first(PASS_FIELD) !== undefined || fields.first(SECRET_FIELD) !== undefined) return true;
  const authorization = fields.first("authorization");
  return authorization !== undefined && !(memo.user !== undefined && authorization === memo.authorization);
}

/** RFC 6750 §3.1, for whichever field it came in: a browser must not be asked for a password because of it. */
const REFUSAL: Reply = {
  status: ERRORS.pass_wrong.status,
  fields: [
    ["WWW-Authenticate", 'Bearer realm="OpenClaw", error="invalid_token"'],
    ["Content-Type", "text/plain; charset=utf-8"],
    ["Cache-Control", "no-store"],
  ],
  body: `${ERRORS.pass_wrong.message} Create another: openclaw-edge pass create\n`,
  code: "pass_wrong",
};

const REFUSED: AuthResult = { kind: "rejected", method: "pass", reason: "wrong", reply: REFUSAL };
const AGAIN: AuthResult = { ...REFUSED, repeated: true };
const MALFORMED: AuthResult = { ...REFUSED, reason: "malformed" };

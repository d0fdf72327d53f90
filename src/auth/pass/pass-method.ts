/** Sign-in by device pass: the memo of the connection, then one hash. Answers at once. */
import { ERRORS } from "../../errors.ts";
import { detached } from "../../http1/detached.ts";
import { createWrongMemory } from "../basic/wrong-memory.ts";
import { hashOfPass } from "./pass-text.ts";
import { PASS_FIELD, presented, SECRET_FIELD } from "./presented.ts";
import type { Exchange, Reply } from "../../exchange.ts";
import type { Authenticator, AuthResult } from "../authenticator.ts";
import type { Passes } from "./passes.ts";

export interface PassMethod extends Authenticator {
  authenticate(exchange: Exchange): AuthResult;
}

const ABSENT: AuthResult = { kind: "absent" };

/**
 * Wrong passes are not throttled: a secret of 256 bits can't be guessed, each costs a microsecond and no bcrypt, and counting them would
 * let a stranger make his neighbours wait for their passwords.
 */
export function createPassMethod(passes: Pick<Passes, "find" | "used" | "generation">): PassMethod {
  /** Passes that were wrong before: a device whose pass was revoked asks on and on. */
  const wrong = createWrongMemory(1_024);

  function authenticate(exchange: Exchange): AuthResult {
    const { head, client, memo } = exchange;
    const { fields } = head;
    const known = memo.pass;
    if (known !== undefined && known.generation === passes.generation && fields.first(known.field) === known.value) {
      passes.used(known.pass, client.address);
      return known.pass.result;
    }
    if (!mayCarry(exchange)) return ABSENT;
    const found = presented(fields);
    switch (found.kind) {
      case "none":
        return ABSENT;
      case "malformed":
        return { kind: "rejected", method: "pass", reason: "malformed", reply: REFUSAL };
      case "pass":
        break;
      default:
        return found satisfies never;
    }
    const pass = passes.find(found.text);
    if (pass === undefined) return refuse(found.text, client.prefix);
    const { field } = found;
    memo.pass = { field, value: detached(fields.first(field) ?? ""), pass, generation: passes.generation };
    passes.used(pass, client.address);
    return pass.result;
  }

  function refuse(text: string, prefix: string): AuthResult {
    const key = `${hashOfPass(text)} ${prefix}`;
    const repeated = wrong.has(key, WRONG);
    if (!repeated) wrong.add(key, WRONG);
    return { kind: "rejected", method: "pass", reason: "wrong", reply: REFUSAL, ...(repeated && { repeated }) };
  }

  return { method: "pass", authenticate };
}

/** Most requests have none of these fields, or a password that is verified already: the next method knows it. */
function mayCarry({ head: { fields }, memo }: Exchange): boolean {
  if (fields.first(PASS_FIELD) !== undefined || fields.first(SECRET_FIELD) !== undefined) return true;
  const authorization = fields.first("authorization");
  return authorization !== undefined && !(memo.user !== undefined && authorization === memo.authorization);
}

const WRONG = "wrong";

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

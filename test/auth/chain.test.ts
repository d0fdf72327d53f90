import { describe, expect, it } from "vitest";

import { createChain } from "../../src/auth/chain.ts";
import { User } from "../../src/auth/user.ts";
import { exchange } from "./support.ts";
import type { Authenticator, AuthResult } from "../../src/auth/authenticator.ts";

const ABSENT: AuthResult = { kind: "absent" };
const WRONG: AuthResult = { kind: "rejected", reason: "wrong", candidate: "alice" };
const SIGNED_IN: AuthResult = { kind: "authenticated", user: User.verified("alice") };

/** A method with a fixed result, and how often it was asked. */
function method(result: AuthResult | Promise<AuthResult> | Error): Authenticator & { asked: number } {
  return {
    method: "fixed",
    asked: 0,
    authenticate() {
      this.asked += 1;
      if (result instanceof Error) throw result;
      return result;
    },
  };
}

describe("the chain of sign-in methods", () => {
  it("stops at wrong credentials: a later method that would say yes is not asked", async () => {
    for (const result of [WRONG, Promise.resolve(WRONG)]) {
      const later = method(SIGNED_IN);
      expect(await createChain([method(ABSENT), method(result), later]).authenticate(exchange())).toBe(WRONG);
      expect(later.asked).toBe(0);
    }
  });

  it("stops at a method's own answer", () => {
    const reply: AuthResult = { kind: "reply", reply: { status: 503, fields: [], body: "" } };
    const later = method(SIGNED_IN);
    expect(createChain([method(reply), later]).authenticate(exchange())).toBe(reply);
    expect(later.asked).toBe(0);
  });

  it("lets a technical failure through: it is no rejection, and no later method makes up for it", async () => {
    const failure = new Error("disk on fire");
    const later = method(SIGNED_IN);
    expect(() => createChain([method(failure), later]).authenticate(exchange())).toThrow(failure);
    const rejected = Promise.resolve().then(() => Promise.reject(failure));
    await expect(createChain([method(rejected as Promise<AuthResult>), later]).authenticate(exchange())).rejects.toBe(failure);
    expect(later.asked).toBe(0);
  });

  it("asks the methods in order until one finds its credentials, at once when they answer at once", () => {
    const later = method(WRONG);
    expect(createChain([method(ABSENT), method(SIGNED_IN), later]).authenticate(exchange())).toBe(SIGNED_IN);
    expect(later.asked).toBe(0);
  });

  it("goes on after a method that took its time", async () => {
    const chain = createChain([method(Promise.resolve(ABSENT)), method(ABSENT), method(Promise.resolve(SIGNED_IN))]);
    expect(await chain.authenticate(exchange())).toBe(SIGNED_IN);
  });

  it("signs nobody in without credentials, or without methods", async () => {
    expect(createChain([]).authenticate(exchange())).toEqual(ABSENT);
    expect(createChain([method(ABSENT), method(ABSENT)]).authenticate(exchange())).toEqual(ABSENT);
    expect(await createChain([method(Promise.resolve(ABSENT))]).authenticate(exchange())).toEqual(ABSENT);
  });
});

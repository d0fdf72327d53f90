/** The Authenticator contract as tests; every sign-in method runs them. */
import { afterEach, describe, expect, it } from "vitest";

import { User } from "../../src/auth/user.ts";
import { exchange, shortestOf } from "./support.ts";
import type { Authenticator } from "../../src/auth/authenticator.ts";
import { emptyMemo } from "../support/exchange.ts";

export interface AuthenticatorFixture {
  readonly authenticator: Authenticator;
  /** Raw field lines of a request that signs in as `name`. */
  readonly good: readonly string[];
  readonly name: string;
  /** Of somebody who exists, and whose secret this is not; undefined: the method finds nothing then, and others may look. */
  readonly wrong: readonly string[] | undefined;
  /** Of nobody; undefined: the method knows no names. */
  readonly unknown: readonly string[] | undefined;
  /** Of this method, and not well formed. */
  readonly malformed: readonly (readonly string[])[];
  /** Of another method. */
  readonly others: readonly (readonly string[])[];
  /** What no result may repeat. */
  readonly secrets: readonly string[];
  /** A description of the costly work done so far, one entry for each piece. */
  work(): readonly string[];
  /** Whether a wrong secret costs such work at all. Default true. */
  readonly isCostly?: boolean;
  close(): Promise<void> | void;
}

/** `costly`: with work as dear as in production; otherwise as cheap as it can be. */
export type CreateFixture = (work: "costly" | "cheap") => AuthenticatorFixture | Promise<AuthenticatorFixture>;

export function testAuthenticator(method: string, create: CreateFixture): void {
  describe(`the authenticator contract, kept by ${method}`, () => {
    const open: AuthenticatorFixture[] = [];
    const start = async (work: "costly" | "cheap" = "cheap"): Promise<AuthenticatorFixture> => {
      const fixture = await create(work);
      open.push(fixture);
      return fixture;
    };
    afterEach(async () => {
      for (const fixture of open.splice(0)) await fixture.close();
    });

    it("rejects wrong credentials, every time", async (context) => {
      const { authenticator, wrong } = await start();
      if (wrong === undefined) return context.skip();
      for (let attempt = 0; attempt < 3; attempt += 1) {
        expect(await authenticator.authenticate(exchange({ lines: wrong }))).toMatchObject({ kind: "rejected", reason: "wrong" });
      }
    });

    it("rejects wrong credentials on a connection that is signed in, and keeps the memo of the good ones true", async (context) => {
      const { authenticator, good, wrong, name } = await start();
      if (wrong === undefined) return context.skip();
      const memo = emptyMemo();
      await authenticator.authenticate(exchange({ lines: good, memo }));
      expect(await authenticator.authenticate(exchange({ lines: wrong, memo }))).toMatchObject({ kind: "rejected" });
      expect(authenticator.authenticate(exchange({ memo }))).toEqual({ kind: "absent" });
      expect(await authenticator.authenticate(exchange({ lines: good, memo }))).toMatchObject({ kind: "authenticated", user: { name } });
    });

    it("does for an unknown name what it does for a wrong password, and answers alike (ASVS 6.3.8)", async (context) => {
      const { authenticator, wrong, unknown, work, isCostly = true } = await start();
      if (unknown === undefined || wrong === undefined) return context.skip();
      const one = await authenticator.authenticate(exchange({ lines: wrong }));
      const wrongWork = work().slice();
      const other = await authenticator.authenticate(exchange({ lines: unknown }));
      if (isCostly) expect(wrongWork.length).toBeGreaterThan(0);
      expect(work().slice(wrongWork.length)).toEqual(wrongWork);
      expect({ ...other, candidate: "" }).toEqual({ ...one, candidate: "" });
    });

    it("rejects malformed credentials at once and without costly work", async () => {
      const { authenticator, malformed, work } = await start();
      for (const lines of malformed) {
        expect(authenticator.authenticate(exchange({ lines }))).toMatchObject({ kind: "rejected", reason: "malformed" });
      }
      expect(work()).toEqual([]);
    });

    it("answers absent, and at once, for a request without its credentials", async () => {
      const { authenticator, others, work } = await start();
      for (const lines of [[], ...others]) expect(authenticator.authenticate(exchange({ lines }))).toEqual({ kind: "absent" });
      expect(work()).toEqual([]);
    });

    it("authenticates good credentials as a verified User, then at once on the same connection", async () => {
      const { authenticator, good, name } = await start();
      const memo = emptyMemo();
      const result = await authenticator.authenticate(exchange({ lines: good, memo }));
      if (result.kind !== "authenticated") throw new Error(`The result is ${result.kind}.`);
      expect(User.is(result.user)).toBe(true);
      expect(result.user.name).toBe(name);
      expect(authenticator.authenticate(exchange({ lines: good, memo }))).toMatchObject({ kind: "authenticated", user: { name } });
    });

    it("gives up when the client leaves", async (context) => {
      const { authenticator, wrong, work } = await start();
      if (wrong === undefined) return context.skip();
      const gone = new AbortController();
      const result = authenticator.authenticate(exchange({ lines: wrong, signal: gone.signal }));
      if (!(result instanceof Promise)) return; // nothing is left to be given up
      gone.abort();
      await expect(result).rejects.toMatchObject({ code: "client_left" });
      const done = work().length;
      const late = Promise.resolve(
        authenticator.authenticate(exchange({ lines: wrong, prefix: "192.0.2.77", signal: AbortSignal.abort() })),
      );
      await expect(late).rejects.toMatchObject({ code: "client_left" });
      expect(work()).toHaveLength(done);
    });

    it("does not hold the event loop for 20 ms", async () => {
      const { authenticator, wrong = [], good } = await start("costly");
      await authenticator.authenticate(exchange({ lines: wrong }));
      let prefix = 0;
      const stall = await shortestOf(8, 20, async () => {
        prefix += 1;
        await authenticator.authenticate(exchange({ lines: wrong, prefix: `192.0.2.${prefix}` }));
        await authenticator.authenticate(exchange({ lines: good, prefix: `192.0.2.${prefix}` }));
      });
      expect(stall).toBeLessThan(20);
    });

    it("repeats no secret in a result", async () => {
      const { authenticator, good, wrong = [], unknown, malformed, secrets } = await start();
      for (const lines of [good, wrong, unknown ?? [], ...malformed]) {
        const result = JSON.stringify(await authenticator.authenticate(exchange({ lines })));
        for (const secret of secrets) expect(result).not.toContain(secret);
      }
    });
  });
}

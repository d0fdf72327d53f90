import { describe, expect, test } from "vitest";

import type { Authenticator, AuthResult } from "../src/auth/authenticator.ts";
import { createChain } from "../src/auth/chain.ts";
import { User } from "../src/auth/user.ts";
import { DEFAULT_SCOPES, scopesField } from "../src/auth/scopes.ts";
import type { Exchange, Verdict } from "../src/exchange.ts";
import { ownedFields } from "../src/headers/owned.ts";
import { UpstreamHead } from "../src/headers/upstream-head.ts";
import { createPipeline } from "../src/pipeline.ts";
import { routeTable } from "../src/routes/route-table.ts";
import { exchangeOf } from "./support/exchange.ts";

const exchange = (line = "GET /", ...fields: readonly string[]): Exchange => exchangeOf([`${line} HTTP/1.1`, "Host: h", ...fields]);

const TABLE = routeTable({ upstream: { kind: "tcp", host: "127.0.0.1", port: 1 }, routes: [], expose: ["hooks"] });

/** A pipeline with one sign-in method that answers as told, and what happened in it. */
function pipeline(result: AuthResult | Promise<AuthResult> | Error, { wait = 0 } = {}) {
  let asked = 0;
  const failed: string[] = [];
  const method: Authenticator = {
    method: "test",
    authenticate() {
      asked++;
      if (result instanceof Error) throw result;
      return result;
    },
  };
  const decide = createPipeline({
    isServed: (host) => host === "h",
    routes: () => TABLE,
    rate: () => wait,
    signIn: {
      authenticate: createChain([method]).authenticate,
      ask: () => ({ status: 401, fields: [["WWW-Authenticate", "Test"]], body: "" }),
      pages: ({ head }) => (head.target === "/.edge/" ? { kind: "reply", reply: { status: 200, fields: [], body: "" } } : undefined),
    },
    upstreamHead: {
      userHeader: "X-Forwarded-User",
      isOwned: ownedFields("x-forwarded-user"),
      scopesOf: () => scopesField(DEFAULT_SCOPES),
      pseudonym: "edge-7",
    },
    failedSignIn: (_, { reason, candidate }) => failed.push(`${reason} ${candidate}`),
  });
  return { decide, failed, asked: () => asked };
}

const ALICE: AuthResult = { kind: "authenticated", user: User.verified("alice") };
const status = (verdict: Verdict): number => (verdict.kind === "reply" ? verdict.reply.status : 0);

describe("nothing is forwarded without a verified user", () => {
  test.each([
    ["no credentials", { kind: "absent" }, 401],
    ["wrong ones", { kind: "rejected", reason: "wrong", candidate: "alice" }, 401],
    ["malformed ones", { kind: "rejected", reason: "malformed" }, 401],
    ["an answer of the method's own", { kind: "reply", reply: { status: 503, fields: [], body: "" } }, 503],
  ] as const)("%s: %o", async (_, result, expected) => {
    for (const outcome of [result, Promise.resolve(result)]) {
      const { decide } = pipeline(outcome);
      const verdict = await decide(exchange());
      expect([verdict.kind, status(verdict)]).toEqual(["reply", expected]);
    }
  });

  test("a method that fails fails the exchange: it throws, and forwards nothing", async () => {
    expect(() => pipeline(new Error("broken")).decide(exchange())).toThrow("broken");
    await expect(pipeline(Promise.reject(new Error("broken"))).decide(exchange())).rejects.toThrow("broken");
  });

  test("a user that no method verified forwards nothing", () => {
    const forged = { kind: "authenticated", user: { name: "mallory" } } as unknown as AuthResult;
    expect(() => pipeline(forged).decide(exchange())).toThrow(TypeError);
  });
});

test("a verified user is forwarded with the head that carries the name, synchronously where the method is", () => {
  const verdict = pipeline(ALICE).decide(exchange());
  if (verdict instanceof Promise || verdict.kind !== "forward") throw new Error("not forwarded at once");
  expect(verdict.head).toBeInstanceOf(UpstreamHead);
  expect([verdict.user?.name, verdict.setCookies]).toEqual(["alice", []]);
});

test("the cookies that a method sets come along", () => {
  const verdict = pipeline({ ...ALICE, setCookies: ["a=b"] }).decide(exchange());
  expect(verdict).toMatchObject({ kind: "forward", setCookies: ["a=b"] });
});

test.each([
  ["a host that is not served (RFC 9110 §15.5.20)", exchange("GET https://other/"), 421],
  ["TRACE (RFC 9110 §9.3.8)", exchange("TRACE /"), 405],
  ["a request that was here before (RFC 9110 §7.6.3)", exchange("GET /", "Via: 1.1 a", "Via: 1.1 edge-7"), 508],
])("%s is refused before anybody is asked for a password", async (_, refused, expected) => {
  const { decide, asked } = pipeline(ALICE);
  expect([status(await decide(refused)), asked()]).toEqual([expected, 0]);
});

test("OPTIONS with Max-Forwards: 0 is answered here, for somebody who is signed in (RFC 9110 §7.6.2)", async () => {
  const last = exchange("OPTIONS *", "Max-Forwards: 0");
  expect(await pipeline(ALICE).decide(last)).toMatchObject({ kind: "reply", reply: { status: 204 }, user: { name: "alice" } });
  expect(status(await pipeline({ kind: "absent" }).decide(last))).toBe(401);
});

test("a refused sign-in is told, and an absent one is not", async () => {
  const wrong = pipeline({ kind: "rejected", reason: "wrong", candidate: "alice" });
  await wrong.decide(exchange());
  expect(wrong.failed).toEqual(["wrong alice"]);
  const absent = pipeline({ kind: "absent" });
  await absent.decide(exchange());
  expect(absent.failed).toEqual([]);
});

describe("a request that an exemption covers", () => {
  const hook = exchange("POST /hooks/wake", "Authorization: Basic YTpi");

  test("goes on as nobody's, and its credentials are not even looked at", async () => {
    for (const result of [ALICE, { kind: "rejected", reason: "wrong" }] as const) {
      const { decide, asked, failed } = pipeline(result);
      const verdict = await decide(hook);
      expect(verdict).toMatchObject({ kind: "forward", user: undefined, exemption: { name: "hooks" }, setCookies: [] });
      expect([asked(), failed]).toEqual([0, []]);
    }
  });

  test("is refused with the time to wait when there were too many, not sent to the sign-in", async () => {
    const { decide, asked } = pipeline(ALICE, { wait: 7 });
    const verdict = await decide(hook);
    expect(verdict).toMatchObject({ kind: "reply", reply: { status: 429, code: "exemption_rate" } });
    expect(verdict.kind === "reply" && verdict.reply.fields).toContainEqual(["Retry-After", "7"]);
    expect(asked()).toBe(0);
  });

  test("is still refused for a host that is not served, and when it was here before", async () => {
    const { decide } = pipeline(ALICE);
    expect(status(await decide(exchange("POST https://other/hooks/wake")))).toBe(421);
    expect(status(await decide(exchange("POST /hooks/wake", "Via: 1.1 edge-7")))).toBe(508);
  });
});

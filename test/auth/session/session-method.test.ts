import { describe, expect, it } from "vitest";

import { createSessionMethod } from "../../../src/auth/session/session-method.ts";
import { User } from "../../../src/auth/user.ts";
import { testAuthenticator } from "../authenticator-conformance.ts";
import { exchange } from "../support.ts";
import { emptyMemo } from "../../support/exchange.ts";
import { begin, openSessions } from "./support.ts";

const NAME = "__Host-openclaw-edge";
const cookie = (value: string): readonly string[] => [`Cookie: theme=dark; ${NAME}=${value}`];

async function method() {
  const opened = await openSessions();
  return { ...opened, secret: begin(opened.sessions), session: createSessionMethod(opened.sessions) };
}

testAuthenticator("session", async () => {
  const { session, secret } = await method();
  const unknown = "u".repeat(43);
  return {
    authenticator: session,
    name: "alice",
    good: cookie(secret),
    // A cookie that opens nothing is absent, and `isEnded` tells: a pass beside it may open.
    wrong: undefined,
    unknown: undefined,
    malformed: [],
    others: [cookie(unknown), cookie("short"), ["Cookie: theme=dark"], ["Authorization: Basic YWxpY2U6eA=="], ["Authorization: Bearer x"]],
    secrets: [secret, unknown],
    work: () => [],
    close: () => {},
  };
});

describe("a cookie that is no session's signs nobody in, and says that a session has ended", () => {
  const altered = (secret: string): string => (secret.startsWith("A") ? "B" : "A") + secret.slice(1);
  it.each<readonly [title: string, lines: (secret: string) => readonly string[]]>([
    ["truncated", (secret) => cookie(secret.slice(0, -1))],
    ["altered", (secret) => cookie(altered(secret))],
    ["in upper case", (secret) => cookie(secret.toUpperCase())],
    ["with spare bits set in its last character", (secret) => cookie(secret.slice(0, -1) + (secret.endsWith("A") ? "B" : "A"))],
    ["unknown", () => cookie("u".repeat(43))],
    ["empty", () => cookie("")],
    ["in quotes", (secret) => cookie(`"${secret}"`)],
    ["8 KB long", (secret) => cookie(secret.repeat(191))],
    ["with more behind it", (secret) => cookie(`${secret}x`)],
    ["what signing out leaves", () => cookie("signed-out")],
    ["doubled, the first one right", (secret) => cookie(`${secret}; ${NAME}=${"u".repeat(43)}`)],
    ["doubled, the second one right", (secret) => cookie(`${"u".repeat(43)}; ${NAME}=${secret}`)],
    ["doubled, both right", (secret) => cookie(`${secret}; ${NAME}=${secret}`)],
    ["doubled in two lines", (secret) => [...cookie(secret), ...cookie("u".repeat(43))]],
  ])("%s", async (_, lines) => {
    const { session, secret } = await method();
    const attack = exchange({ lines: lines(secret) });
    expect(session.authenticate(attack)).toEqual({ kind: "absent" });
    expect(session.isEnded(attack)).toBe(true);
    // Also on a connection that is signed in.
    const memo = emptyMemo();
    session.authenticate(exchange({ lines: cookie(secret), memo }));
    expect(session.authenticate(exchange({ lines: lines(secret), memo }))).toEqual({ kind: "absent" });
  });

  it.each(["__Secure-openclaw-edge", "openclaw-edge", "__host-openclaw-edge", "__Host-openclaw-edge2"])(
    "the right value under the name %s is no cookie of ours at all",
    async (name) => {
      const { session, secret } = await method();
      const attack = exchange({ lines: [`Cookie: ${name}=${secret}`] });
      expect([session.authenticate(attack), session.isEnded(attack)]).toEqual([{ kind: "absent" }, false]);
    },
  );
});

describe("a session's cookie", () => {
  it("signs its user in, at once, by the method session and the session's public id", async () => {
    const { session, secret, sessions } = await method();
    const result = session.authenticate(exchange({ lines: cookie(secret) }));
    if (result.kind !== "authenticated") throw new Error(result.kind);
    expect(User.is(result.user)).toBe(true);
    expect(result.user).toMatchObject({ name: "alice", method: "session", credential: sessions.of("alice")[0]?.id });
    expect(JSON.stringify(result)).not.toContain(secret);
  });

  it("is found wherever it stands, in one Cookie line or in the second", async () => {
    const { session, secret } = await method();
    for (const lines of [
      [`Cookie: ${NAME}=${secret}`],
      [`Cookie: a=b;${NAME}=${secret};c=d`],
      ["Cookie: a=b", `Cookie: ${NAME}=${secret}`],
    ]) {
      expect(session.authenticate(exchange({ lines }))).toMatchObject({ kind: "authenticated", user: { name: "alice" } });
    }
  });

  it("is known again on the same connection, and ends there at the same moment as everywhere", async () => {
    const { session, secret, sessions } = await method();
    const memo = emptyMemo();
    const first = session.authenticate(exchange({ lines: cookie(secret), memo }));
    expect(session.authenticate(exchange({ lines: cookie(secret), memo }))).toBe(first);
    void sessions.endAll("alice");
    const after = exchange({ lines: cookie(secret), memo });
    expect([session.authenticate(after), session.isEnded(after)]).toEqual([{ kind: "absent" }, true]);
  });

  it("stops counting when the connection's next request comes without it, or with another user's", async () => {
    const { session, secret, sessions } = await method();
    const memo = emptyMemo();
    const bobs = begin(sessions, "bob");
    session.authenticate(exchange({ lines: cookie(secret), memo }));
    expect(session.authenticate(exchange({ memo }))).toEqual({ kind: "absent" });
    expect(session.authenticate(exchange({ lines: cookie(bobs), memo }))).toMatchObject({ user: { name: "bob" } });
  });
});

it("a request without a cookie has neither a session nor an ended one", async () => {
  const { session } = await method();
  for (const lines of [[], ["Cookie: theme=dark"], ["Authorization: Bearer x"]]) {
    expect([session.authenticate(exchange({ lines })), session.isEnded(exchange({ lines }))]).toEqual([{ kind: "absent" }, false]);
  }
});

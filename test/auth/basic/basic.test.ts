import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";

import { createBasic } from "../../../src/auth/basic/basic.ts";
import { createBcryptPool } from "../../../src/auth/basic/bcrypt-pool.ts";
import { createThrottle } from "../../../src/auth/throttle/throttle.ts";
import { createPasswords } from "../../../src/auth/passwords.ts";
import { UsersFile } from "../../../src/auth/basic/users-file.ts";
import { testAuthenticator } from "../authenticator-conformance.ts";
import { basic, bcrypt, exchange, temporaryDirectory, usersSource } from "../support.ts";
import type { Authenticator } from "../../../src/auth/authenticator.ts";
import type { Passwords, PasswordsOptions } from "../../../src/auth/passwords.ts";
import type { BcryptPool } from "../../../src/auth/basic/bcrypt-pool.ts";
import { eventually } from "../../support/eventually.ts";
import { emptyMemo } from "../../support/exchange.ts";
import { recordingLog } from "../../support/recording-log.ts";

const PASSWORD = "correct horse battery";
const HASH = bcrypt(PASSWORD);
/** About 80 ms of work. */
const SLOW = bcrypt(PASSWORD, 10);
const GOOD = basic("alice", PASSWORD);
const WRONG = basic("alice", "incorrect horse");

const NO_DEVICES = { recognise: () => undefined };
/** The throttle has tests of its own. */
const NO_THROTTLE = createThrottle({ free: 1_000_000, secret: new Uint8Array(32) });
const open: Passwords[] = [];
afterEach(async () => {
  for (const passwords of open.splice(0)) await passwords.close();
});

/** Basic with what checks its passwords. */
function create(options: Partial<PasswordsOptions> = {}): Authenticator & Pick<Passwords, "checks"> {
  const { users = usersSource({ alice: HASH }) } = options;
  const passwords = createPasswords({ devices: NO_DEVICES, throttle: NO_THROTTLE, limits: { passwordChecks: 64 }, ...options, users });
  open.push(passwords);
  return { ...createBasic({ users, passwords }), checks: passwords.checks };
}

/** The real pool, and the cost of every comparison that it was given. */
function recordingPool(): { readonly pool: BcryptPool; readonly costs: string[] } {
  const real = createBcryptPool({ capacity: 64 });
  const costs: string[] = [];
  const check: BcryptPool["check"] = (wanted) => {
    const before = real.started + real.waiting;
    const outcome = real.check(wanted);
    if (real.started + real.waiting > before) costs.push(`bcrypt cost ${wanted.hash.slice(4, 6)}`);
    return outcome;
  };
  return { pool: Object.assign(Object.create(real) as BcryptPool, { check }), costs };
}

testAuthenticator("basic", (work) => {
  const { pool, costs } = recordingPool();
  const users = usersSource({ alice: work === "costly" ? SLOW : HASH });
  const authenticator = create({ users, pool });
  return {
    authenticator,
    name: "alice",
    good: [GOOD],
    wrong: [WRONG],
    unknown: [basic("nobody", "incorrect horse")],
    malformed: [
      ["Authorization: Basic !!!!"],
      ["Authorization: Basic"],
      [basic("", PASSWORD)],
      [basic("alice", `${PASSWORD}\0`)],
      [basic("alice", Buffer.from("pässword", "latin1"))],
      [GOOD, GOOD],
      [GOOD, WRONG],
      [GOOD, "Authorization: Bearer abc"],
    ],
    others: [["Authorization: Bearer abc"], ["Authorization: Digest username=alice"], ["Cookie: Authorization=x"], [`Proxy-${GOOD}`]],
    secrets: [PASSWORD, "incorrect horse", "pässword", Buffer.from(`alice:${PASSWORD}`).toString("base64")],
    work: () => costs,
    close: () => undefined,
  };
});

describe("an attack on Basic", () => {
  it("with a password that only begins with the right 72 octets is rejected without a check (ASVS 6.2.8)", async () => {
    const long = "x".repeat(72);
    const method = create({ users: usersSource({ alice: bcrypt(long) }) });
    const rejected = { kind: "rejected", reason: "wrong", candidate: "alice" };
    expect(method.authenticate(exchange({ lines: [basic("alice", `${long}y`)] }))).toEqual(rejected);
    expect(method.checks.started).toBe(0);
    expect(await method.authenticate(exchange({ lines: [basic("alice", long)] }))).toMatchObject({ kind: "authenticated" });
  });

  it("with 16 KB of credentials costs no check", () => {
    const method = create();
    for (const line of [basic("alice", "x".repeat(11_000)), basic("a".repeat(11_000), "x"), `Authorization: Basic ${"!".repeat(15_000)}`]) {
      expect(method.authenticate(exchange({ lines: [line] }))).toMatchObject({ kind: "rejected" });
    }
    expect(method.checks.started).toBe(0);
  });

  it("with names that every JavaScript object has finds no user", async () => {
    const method = create();
    for (const name of ["__proto__", "constructor", "toString"]) {
      expect(await method.authenticate(exchange({ lines: [basic(name, PASSWORD)] }))).toMatchObject({ kind: "rejected", candidate: name });
    }
  });

  it("by name finds no difference between a known and an unknown one, whatever the costs in the file", async () => {
    const { pool, costs } = recordingPool();
    const method = create({ users: usersSource({ alice: HASH, bob: bcrypt("b", 6) }), pool });
    const tries = async (name: string): Promise<readonly string[]> => {
      const before = costs.length;
      for (let attempt = 0; attempt < 3; attempt += 1) await method.authenticate(exchange({ lines: [basic(name, `try ${attempt}`)] }));
      return costs.slice(before);
    };
    expect(await tries("alice")).toEqual(new Array(3).fill("bcrypt cost 04"));
    expect(await tries("bob")).toEqual(new Array(3).fill("bcrypt cost 06"));
    const seen = new Set<string>();
    for (let index = 0; index < 20; index += 1) {
      const once = await tries(`nobody${index}`);
      expect(once).toHaveLength(3);
      expect(new Set(once).size).toBe(1);
      seen.add(once[0] ?? "");
    }
    expect([...seen].toSorted()).toEqual(["bcrypt cost 04", "bcrypt cost 06"]);
  });

  it("by a flood is answered 503 with Retry-After, while another prefix signs in", async () => {
    const method = create({ users: usersSource({ alice: SLOW }) });
    const flood = Array.from({ length: 30 }, async (_, index) =>
      method.authenticate(exchange({ lines: [basic("alice", `guess ${index}`)], prefix: "198.51.100.66" })),
    );
    const owner = await method.authenticate(exchange({ lines: [GOOD], prefix: "192.0.2.1" }));
    expect(owner).toMatchObject({ kind: "authenticated" });
    expect(method.checks.started).toBeLessThanOrEqual(3);
    const replies = (await Promise.all(flood)).flatMap((result) => (result.kind === "reply" ? [result.reply] : []));
    expect(replies).toHaveLength(28);
    for (const reply of replies) {
      expect(reply).toMatchObject({ status: 503, code: "sign_in_busy" });
      expect(new Map(reply.fields).get("Retry-After")).toMatch(/^[1-5]$/);
      expect(new Map(reply.fields).get("Cache-Control")).toBe("no-store");
    }
  });
});

describe("Basic with good credentials", () => {
  it("takes a UTF-8 password and an empty one", async () => {
    const method = create({ users: usersSource({ alice: bcrypt("pässwört 🦞"), bob: bcrypt("") }) });
    expect(await method.authenticate(exchange({ lines: [basic("alice", "pässwört 🦞")] }))).toMatchObject({ kind: "authenticated" });
    expect(await method.authenticate(exchange({ lines: [basic("bob", "")] }))).toMatchObject({ kind: "authenticated" });
  });

  it("checks once when a browser opens six connections at the same time", async () => {
    const method = create({ users: usersSource({ alice: SLOW }) });
    const results = await Promise.all(Array.from({ length: 6 }, async () => method.authenticate(exchange({ lines: [GOOD] }))));
    expect(results.map(({ kind }) => kind)).toEqual(new Array(6).fill("authenticated"));
    expect(new Set(results).size).toBe(1);
    expect(method.checks.started).toBe(1);
  });

  it("answers at once, with the very same result, on the same connection and on another one", async () => {
    const method = create();
    const memo = emptyMemo();
    const first = await method.authenticate(exchange({ lines: [GOOD], memo }));
    expect(method.authenticate(exchange({ lines: [GOOD], memo }))).toBe(first);
    expect(method.authenticate(exchange({ lines: [GOOD] }))).toBe(first);
    expect(method.checks.started).toBe(1);
  });

  it("checks again for another client prefix: a cache that all share would tell a stranger's guess", async () => {
    const method = create();
    await method.authenticate(exchange({ lines: [GOOD], prefix: "192.0.2.1" }));
    await method.authenticate(exchange({ lines: [GOOD], prefix: "192.0.2.2" }));
    expect(method.checks.started).toBe(2);
  });

  it("keeps in the connection's memo no more than the credentials", async () => {
    const method = create();
    const memo = emptyMemo();
    await method.authenticate(exchange({ lines: [GOOD], memo }));
    expect(memo).toMatchObject({ authorization: GOOD.slice("Authorization: ".length), user: { name: "alice" }, generation: 1 });
  });
});

describe("Basic when the users change", () => {
  it("rejects a removed user at once, on a signed-in connection and from the cache", async () => {
    const users = usersSource({ alice: HASH, bob: bcrypt("b") });
    const method = create({ users });
    const memo = emptyMemo();
    await method.authenticate(exchange({ lines: [GOOD], memo }));
    users.set({ bob: bcrypt("b") });
    expect(await method.authenticate(exchange({ lines: [GOOD], memo }))).toMatchObject({ kind: "rejected", reason: "wrong" });
    expect(await method.authenticate(exchange({ lines: [GOOD] }))).toMatchObject({ kind: "rejected", reason: "wrong" });
  });

  it("rejects the old password and takes the new one", async () => {
    const users = usersSource({ alice: HASH });
    const method = create({ users });
    const memo = emptyMemo();
    await method.authenticate(exchange({ lines: [GOOD], memo }));
    users.set({ alice: bcrypt("new") });
    expect(await method.authenticate(exchange({ lines: [GOOD], memo }))).toMatchObject({ kind: "rejected" });
    expect(await method.authenticate(exchange({ lines: [basic("alice", "new")], memo }))).toMatchObject({ kind: "authenticated" });
  });

  it("does not ask bcrypt again for users whose line stayed: the memo is void, the cache is not", async () => {
    const users = usersSource({ alice: HASH });
    const method = create({ users });
    const memo = emptyMemo();
    const before = await method.authenticate(exchange({ lines: [GOOD], memo }));
    users.set({ alice: HASH, bob: bcrypt("b") });
    expect(method.authenticate(exchange({ lines: [GOOD], memo }))).toBe(before);
    expect(memo.generation).toBe(2);
    expect(method.checks.started).toBe(1);
  });

  it("rejects a password that was right when its check began and is not when it ends", async () => {
    const users = usersSource({ alice: SLOW });
    const method = create({ users });
    const memo = emptyMemo();
    const result = method.authenticate(exchange({ lines: [GOOD], memo }));
    await eventually(() => method.checks.started === 1);
    users.set({ alice: bcrypt("new") });
    expect(await result).toMatchObject({ kind: "rejected", reason: "wrong" });
    expect(memo.user).toBeUndefined();
  });

  it("rejects a user who is removed while the check runs", async () => {
    const users = usersSource({ alice: SLOW, bob: HASH });
    const method = create({ users });
    const result = method.authenticate(exchange({ lines: [GOOD] }));
    await eventually(() => method.checks.started === 1);
    users.set({ bob: HASH });
    expect(await result).toMatchObject({ kind: "rejected", reason: "wrong" });
  });

  it("takes a password that becomes right while the check runs", async () => {
    const users = usersSource({ alice: bcrypt("old", 10) });
    const method = create({ users });
    const result = method.authenticate(exchange({ lines: [GOOD] }));
    await eventually(() => method.checks.started === 1);
    users.set({ alice: HASH });
    expect(await result).toMatchObject({ kind: "authenticated" });
  });

  it("holds with a real file: a changed password counts within a second on an open connection", async () => {
    const path = join(temporaryDirectory(), "users");
    writeFileSync(path, `alice:${HASH}\n`, { mode: 0o600 });
    const users = await UsersFile.open(path, recordingLog());
    onTestFinished(() => users.close());
    const method = create({ users });
    const memo = emptyMemo();
    expect(await method.authenticate(exchange({ lines: [GOOD], memo }))).toMatchObject({ kind: "authenticated" });
    writeFileSync(path, `alice:${bcrypt("new")}\n`);
    await eventually(() => users.generation === 2, 1_000);
    expect(await method.authenticate(exchange({ lines: [GOOD], memo }))).toMatchObject({ kind: "rejected" });
  });
});

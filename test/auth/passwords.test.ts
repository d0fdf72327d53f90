import { afterEach, describe, expect, it } from "vitest";

import { createPasswords } from "../../src/auth/passwords.ts";
import { createKnownDevices } from "../../src/auth/throttle/known-device.ts";
import { createThrottle } from "../../src/auth/throttle/throttle.ts";
import { recordingLog } from "../support/recording-log.ts";
import { bcrypt, exchange, usersSource } from "./support.ts";
import type { PasswordOutcome, Passwords, PasswordsOptions } from "../../src/auth/passwords.ts";

const SECRET = new Uint8Array(32);
const PASSWORD = "correct horse battery";
const HASH = bcrypt(PASSWORD);
/** About 80 ms of work. */
const SLOW = bcrypt(PASSWORD, 10);
const FREE = 5;

const open: Passwords[] = [];
afterEach(async () => {
  for (const passwords of open.splice(0)) await passwords.close();
});

interface Subject {
  readonly passwords: Passwords;
  readonly users: ReturnType<typeof usersSource>;
  /** Lets the throttle's clock run. */
  pass(seconds: number): void;
  try(name: string, password: string, from?: Parameters<typeof exchange>[0]): Promise<PasswordOutcome>;
  /** Distinct wrong passwords, until the throttle says no; how often bcrypt was asked. */
  guess(name: string, prefix: string, most?: number): Promise<number>;
}

function subject(options: Partial<PasswordsOptions> & { readonly hash?: string } = {}): Subject {
  let now = 0;
  let serial = 0;
  const users = usersSource({ alice: options.hash ?? HASH, bob: bcrypt("b") });
  const throttle = createThrottle({ free: FREE, secret: SECRET, now: () => now });
  const passwords = createPasswords({ users, devices, throttle, limits: { passwordChecks: 64 }, ...options });
  open.push(passwords);
  const attempt = async (name: string, password: string, from?: Parameters<typeof exchange>[0]) =>
    passwords.check({ name, password, exchange: exchange(from) });
  return {
    passwords,
    users,
    pass: (seconds) => (now += seconds * 1_000),
    try: attempt,
    async guess(name, prefix, most = 100) {
      const before = passwords.checks.started;
      for (let count = 0; count < most; count += 1) {
        if ((await attempt(name, `guess ${(serial += 1)}`, { prefix })).kind === "throttled") break;
      }
      return passwords.checks.started - before;
    },
  };
}

const devices = createKnownDevices(SECRET);
const deviceOf = (name: string): string => `Cookie: ${devices.setCookie(name).split(";")[0]}`;

describe("guessing", () => {
  it("ends after five wrong passwords, before the cache and before bcrypt: the right one is answered the same", async () => {
    const { passwords, guess, try: attempt, pass } = subject();
    const prefix = "198.51.100.66";
    expect((await attempt("alice", PASSWORD, { prefix })).kind).toBe("verified"); // now in the cache
    expect(await guess("alice", prefix)).toBe(FREE);
    const before = passwords.checks.started;
    for (const [name, password] of [
      ["alice", PASSWORD],
      ["alice", "wrong"],
      ["bob", "b"],
      ["nobody", "x"],
      ["alice", "x".repeat(99)],
      ["a b", "x"],
    ] as const) {
      expect(passwords.check({ name, password, exchange: exchange({ prefix }) })).toEqual({ kind: "throttled", retryAfter: 30 });
    }
    expect(passwords.checks.started).toBe(before);
    pass(30);
    expect((await attempt("alice", PASSWORD, { prefix })).kind).toBe("verified");
  });

  it.each(["alice", "nobody"])("at %s from everywhere ends after ten, and other names are free", async (name) => {
    const { guess, try: attempt } = subject();
    let guesses = 0;
    for (let address = 1; address < 20; address += 1) guesses += await guess(name, `198.51.100.${address}`, 2);
    expect(guesses).toBe(2 * FREE);
    expect(await attempt(name, PASSWORD, { prefix: "203.0.113.1" })).toEqual({ kind: "throttled", retryAfter: 30 });
    expect((await attempt("bob", "b", { prefix: "203.0.113.1" })).kind).toBe("verified");
  });

  it("with a hundred passwords at the same moment gets no more of them checked than one after the other", async () => {
    const { passwords, try: attempt } = subject({ hash: SLOW });
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, index) => attempt("alice", `guess ${index}`, { prefix: `198.51.100.${index}` })),
    );
    expect(passwords.checks.started).toBe(2 * FREE);
    const count = (kind: PasswordOutcome["kind"]): number => outcomes.filter((outcome) => outcome.kind === kind).length;
    // The queue has 64 places: whoever has one is told at his turn, at once, without a check.
    expect([count("wrong"), count("throttled"), count("busy")]).toEqual([2 * FREE, 64 - 2 * FREE, 36]);
    expect(outcomes.find(({ kind }) => kind === "throttled")).toEqual({ kind: "throttled", retryAfter: 30 });
  });

  it("and leaving before the answer counts all the same once bcrypt was asked, and not where it was not", async () => {
    const { passwords, try: attempt, guess } = subject({ hash: SLOW });
    const prefix = "198.51.100.66";
    for (let count = 0; count < FREE; count += 1) {
      const gone = new AbortController();
      const { started } = passwords.checks;
      const running = attempt("alice", `running ${count}`, { prefix, signal: gone.signal });
      expect(passwords.checks.started).toBe(started + 1);
      const waiting = attempt("bob", `waiting ${count}`, { prefix, signal: gone.signal });
      gone.abort();
      for (const left of [running, waiting]) await expect(left).rejects.toMatchObject({ code: "client_left" });
      await attempt("bob", "b", { prefix: `192.0.2.${count}` }); // its turn comes behind the check that runs
    }
    expect((await attempt("bob", "b", { prefix: "203.0.113.1" })).kind).toBe("verified");
    expect(await guess("alice", prefix)).toBe(0);
  });

  it("gets no guess free by signing in as somebody else between two of them", async () => {
    const { guess, try: attempt } = subject();
    const prefix = "198.51.100.66";
    let guesses = 0;
    for (let round = 0; round < 20; round += 1) {
      guesses += await guess("alice", prefix, 2);
      await attempt("bob", "b", { prefix });
    }
    expect(guesses).toBe(FREE);
  });

  it("with names and passwords that nobody can have costs nothing and is not counted", async () => {
    const { passwords, try: attempt } = subject();
    for (let count = 0; count < 20; count += 1) {
      expect(await attempt("a".repeat(100_000), `x${count}`)).toEqual({ kind: "wrong", repeated: false });
      expect(await attempt("alice", `${count}`.repeat(80))).toEqual({ kind: "wrong", repeated: false });
    }
    expect(passwords.checks.started).toBe(0);
    expect((await attempt("alice", PASSWORD)).kind).toBe("verified");
  });
});

describe("the owner under attack", () => {
  it("is refused for what others have done, and never for what they are about to: thirty of his devices sign in at one moment", async () => {
    const { passwords, try: attempt } = subject();
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, index) => attempt("alice", PASSWORD, { prefix: `198.51.100.${index}` })),
    );
    expect(outcomes.map(({ kind }) => kind)).toEqual(new Array(30).fill("verified"));
    expect(passwords.checks.started).toBe(30);
  });

  it("is let in behind nine wrong guesses at his name that were there before him", async () => {
    const { try: attempt } = subject();
    const guesses = Array.from({ length: 2 * FREE - 1 }, (_, index) =>
      attempt("alice", `guess ${index}`, { prefix: `198.51.100.${index}` }),
    );
    expect((await attempt("alice", PASSWORD, { prefix: "203.0.113.1" })).kind).toBe("verified");
    await Promise.all(guesses);
  });

  it("signs in from a browser that he used before, while his name and his address are throttled", async () => {
    const { guess, try: attempt } = subject();
    await guess("alice", "192.0.2.1");
    for (let address = 1; address < 20; address += 1) await guess("alice", `198.51.100.${address}`);
    expect((await attempt("alice", PASSWORD, { prefix: "192.0.2.1" })).kind).toBe("throttled");
    expect((await attempt("alice", PASSWORD, { prefix: "192.0.2.1", lines: [deviceOf("alice")] })).kind).toBe("verified");
    expect((await attempt("alice", PASSWORD, { prefix: "203.0.113.9", lines: [deviceOf("alice")] })).kind).toBe("verified");
  });

  it("has five slips of his own there, and then waits like everybody else", async () => {
    const { try: attempt, guess } = subject();
    await guess("alice", "192.0.2.1");
    const lines = [deviceOf("alice")];
    for (let slip = 0; slip < FREE; slip += 1) expect((await attempt("alice", `slip ${slip}`, { lines })).kind).toBe("wrong");
    expect(await attempt("alice", PASSWORD, { lines })).toEqual({ kind: "throttled", retryAfter: 30 });
  });

  it("gains nothing for another's name: the cookie is bound to the one that signed in", async () => {
    const { try: attempt, guess } = subject();
    await guess("alice", "192.0.2.1");
    expect((await attempt("alice", PASSWORD, { lines: [deviceOf("bob")] })).kind).toBe("throttled");
  });

  it("waits for one check where strangers fill every place of the queue", async () => {
    const { passwords, try: attempt } = subject({ hash: SLOW, limits: { passwordChecks: 16 } });
    const flood = Array.from({ length: 40 }, (_, index) => attempt(`nobody${index}`, "x", { prefix: `198.51.100.${index}` }));
    expect(passwords.checks.waiting).toBe(15);
    const owner = await attempt("alice", PASSWORD, { prefix: "198.51.100.1", lines: [deviceOf("alice")] });
    expect(owner.kind).toBe("verified");
    expect(passwords.checks.started).toBeLessThanOrEqual(3);
    const outcomes = await Promise.all(flood);
    expect(outcomes.filter(({ kind }) => kind === "busy")).toHaveLength(24);
  });

  it("keeps his place though another user's devices guess without end", async () => {
    const { passwords, try: attempt } = subject({ hash: SLOW, limits: { passwordChecks: 16 } });
    const mallory = Array.from({ length: 60 }, (_, index) => attempt("bob", `x${index}`, { lines: [deviceOf("bob")] }));
    expect((await attempt("alice", PASSWORD, { lines: [deviceOf("alice")] })).kind).toBe("verified");
    expect(passwords.checks.started).toBeLessThanOrEqual(4);
    await Promise.all(mallory);
  });

  it("is not locked out by his own phone, which sends an old password every minute", async () => {
    const { passwords, try: attempt, pass } = subject();
    expect(await attempt("alice", "old password")).toEqual({ kind: "wrong", repeated: false });
    for (let minute = 0; minute < 1_000; minute += 1) {
      expect(await attempt("alice", "old password")).toEqual({ kind: "wrong", repeated: true });
      pass(60);
    }
    expect(passwords.checks.started).toBe(1);
    expect((await attempt("alice", PASSWORD)).kind).toBe("verified");
  });

  it("is let in with a password that was wrong before, once it is the right one", async () => {
    const { users, try: attempt } = subject();
    expect((await attempt("alice", "new")).kind).toBe("wrong");
    expect((await attempt("carol", "c")).kind).toBe("wrong");
    users.set({ alice: bcrypt("new"), carol: bcrypt("c") });
    expect((await attempt("alice", "new")).kind).toBe("verified");
    expect((await attempt("carol", "c")).kind).toBe("verified");
    expect(await attempt("alice", PASSWORD)).toEqual({ kind: "wrong", repeated: false });
  });
});

describe("a sign-in", () => {
  it("is told once, however many of a browser's connections wait for it, and not again while it is remembered", async () => {
    const log = recordingLog();
    const { try: attempt } = subject({ log });
    await Promise.all(Array.from({ length: 6 }, () => attempt("alice", PASSWORD)));
    await attempt("alice", PASSWORD);
    await attempt("alice", "wrong");
    expect(log.signIns).toMatchObject([{ client: "192.0.2.1", user: "alice" }]);
  });

  it("is told, too, when the password became right while it was checked", async () => {
    const log = recordingLog();
    const { users, try: attempt } = subject({ log, hash: bcrypt("old", 10) });
    const signIn = attempt("alice", PASSWORD);
    users.set({ alice: HASH });
    expect((await signIn).kind).toBe("verified");
    expect(log.signIns).toMatchObject([{ user: "alice" }]);
  });
});

describe("behind an address that everybody shares", () => {
  const isShared = (address: string): boolean => address === "172.17.0.1";
  const from = { prefix: "172.17.0.1" };

  it("guessing at one name does not lock out the others; it is told once", async () => {
    const log = recordingLog();
    const { guess, try: attempt } = subject({ isShared, log });
    expect(await guess("alice", from.prefix)).toBe(2 * FREE);
    expect((await attempt("alice", PASSWORD, from)).kind).toBe("throttled");
    expect((await attempt("bob", "b", from)).kind).toBe("verified");
    expect(log.count("warn")).toBe(1);
  });

  it("more than one client is checked at a time", async () => {
    const { try: attempt } = subject({ isShared, hash: SLOW });
    const outcomes = await Promise.all(Array.from({ length: 10 }, (_, index) => attempt(`nobody${index}`, "x", from)));
    expect(outcomes.filter(({ kind }) => kind === "busy")).toHaveLength(0);
  });
});

import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { Sessions } from "../../../src/auth/session/sessions.ts";
import { bcrypt, longestTurn } from "../support.ts";
import { AGENT, begin, DAY, HERE, openSessions, used } from "./support.ts";

const ADDRESS = "192.0.2.1";

describe("a session that has ended", () => {
  it("opens nothing any more, and nor does a copy of its cookie", async () => {
    const { sessions } = await openSessions();
    const secret = begin(sessions);
    const held = sessions.find(secret, ADDRESS);
    await sessions.end("alice", held?.id ?? "");
    expect(sessions.find(secret, ADDRESS)).toBeUndefined();
    expect(held !== undefined && sessions.use(held, ADDRESS)).toBe(false);
  });

  it("is gone from the disk when its end is confirmed: a crash right after can't bring it back", async () => {
    const { sessions, directory, again } = await openSessions();
    const secret = begin(sessions);
    await sessions.end("alice", sessions.find(secret, ADDRESS)?.id ?? "");
    // Nothing is closed here: this is what a crash leaves.
    expect(JSON.parse(readFileSync(join(directory, "sessions.json"), "utf8"))).toMatchObject({ sessions: [] });
    expect((await again()).find(secret, ADDRESS)).toBeUndefined();
  });

  it("is nobody else's doing: another user's session does not end by its id", async () => {
    const { sessions } = await openSessions();
    const secret = begin(sessions, "bob");
    await sessions.end("alice", sessions.find(secret, ADDRESS)?.id ?? "");
    expect(sessions.find(secret, ADDRESS)?.name).toBe("bob");
  });
});

describe("whose password changed, or who was removed", () => {
  it("loses every session at once, and nobody else does", async () => {
    const { sessions, users, hashes, ended } = await openSessions();
    const [first, second, bobs] = [begin(sessions), begin(sessions), begin(sessions, "bob")];
    users.set({ alice: bcrypt("another"), bob: hashes.bob });
    expect([first, second].map((secret) => sessions.find(secret, ADDRESS))).toEqual([undefined, undefined]);
    expect(sessions.find(bobs, ADDRESS)?.name).toBe("bob");
    expect(ended.map(({ why }) => why)).toEqual(["user-changed", "user-changed"]);
    users.set({ alice: bcrypt("another") });
    expect(sessions.find(bobs, ADDRESS)).toBeUndefined();
  });

  it("loses them too when that happened while the edge was down", async () => {
    const { sessions, users, hashes, again } = await openSessions();
    const [alices, bobs] = [begin(sessions), begin(sessions, "bob")];
    await sessions.close();
    users.set({ alice: bcrypt("another"), bob: hashes.bob });
    const restarted = await again();
    expect([restarted.find(alices, ADDRESS), restarted.find(bobs, ADDRESS)?.name]).toEqual([undefined, "bob"]);
  });

  it("can't begin one any more", async () => {
    const { sessions, users, hashes } = await openSessions();
    users.set({ bob: hashes.bob });
    expect(sessions.begin("alice", HERE)).toBeUndefined();
  });
});

describe("time", () => {
  it("ends a session that is not used, and use keeps it", async () => {
    const { sessions, clock, ended } = await openSessions();
    const secret = used(sessions);
    for (let day = 0; day < 4; day += 1) {
      clock.now += 6 * DAY;
      expect(sessions.find(secret, ADDRESS)).toBeDefined();
    }
    clock.now += 7 * DAY;
    expect(sessions.find(secret, ADDRESS)).toBeUndefined();
    expect(ended).toMatchObject([{ why: "expired" }]);
  });

  it("ends a session after its lifetime, however much it is used", async () => {
    const { sessions, clock } = await openSessions();
    const secret = used(sessions);
    for (let day = 0; day < 29; day += 1) {
      clock.now += DAY;
      expect(sessions.find(secret, ADDRESS)).toBeDefined();
    }
    clock.now += DAY;
    expect(sessions.find(secret, ADDRESS)).toBeUndefined();
  });

  it("ends a session that was never used after ten minutes: its browser kept no cookie, or got another one in the same moment", async () => {
    const { sessions, clock } = await openSessions();
    const [lost, kept] = [begin(sessions), used(sessions)];
    clock.now += 600_000;
    expect([lost, kept].map((secret) => sessions.find(secret, ADDRESS) !== undefined)).toEqual([false, true]);
  });

  it("is kept by messages over an open WebSocket", async () => {
    const { sessions, clock } = await openSessions();
    const secret = begin(sessions);
    const id = sessions.find(secret, ADDRESS)?.id ?? "";
    for (let day = 0; day < 4; day += 1) {
      clock.now += 6 * DAY;
      sessions.useById(id);
    }
    expect(sessions.find(secret, ADDRESS)).toBeDefined();
  });

  it("tells of an end that nobody asked about, so that open WebSockets can be cut", async () => {
    const { sessions, clock, ended } = await openSessions({ idle: 40 });
    begin(sessions);
    clock.now += 40;
    await expect.poll(() => ended).toMatchObject([{ why: "expired" }]);
  });

  it("counts while the edge is down", async () => {
    const { sessions, clock, again } = await openSessions();
    const secret = begin(sessions);
    await sessions.close();
    clock.now += 7 * DAY;
    expect((await again()).find(secret, ADDRESS)).toBeUndefined();
  });
});

describe("a clock that is set", () => {
  const YEAR = 365 * DAY;

  it.each([
    ["while the edge runs", false],
    ["while the edge is away", true],
  ])("attack: a session that began while it was years ahead lasts no longer than others, when it is set right %s", async (_, restart) => {
    const { sessions, clock, again } = await openSessions();
    clock.set(10 * YEAR);
    const secret = used(sessions);
    if (restart) await sessions.close();
    clock.set(-10 * YEAR);
    const later = restart ? await again() : sessions;
    expect(later.find(secret, ADDRESS)).toBeDefined();
    clock.now += 7 * DAY + 1;
    expect(later.find(secret, ADDRESS)).toBeUndefined();
  });

  it("attack: set back every day, it does not keep a session beyond its lifetime", async () => {
    const { sessions, clock } = await openSessions({ idle: 60 * DAY });
    const secret = used(sessions);
    for (let day = 1; day < 30; day += 1) {
      clock.now += DAY;
      clock.set(-DAY);
      expect(sessions.find(secret, ADDRESS)).toBeDefined();
    }
    clock.now += DAY;
    expect(sessions.find(secret, ADDRESS)).toBeUndefined();
  });

  it.each([
    ["while the edge runs", false],
    ["while the edge is away", true],
  ])("back and forth again %s, it leaves every session as old as it is", async (_, restart) => {
    const { sessions, clock, again } = await openSessions();
    const [old, young] = [used(sessions), used(sessions, "bob")];
    clock.now += 6 * DAY;
    sessions.find(young, ADDRESS);
    if (restart) await sessions.close();
    clock.set(-50 * YEAR);
    const later = restart ? await again() : sessions;
    later.find(young, ADDRESS);
    clock.set(50 * YEAR);
    expect([old, young].map((secret) => later.find(secret, ADDRESS) !== undefined)).toEqual([true, true]);
    expect(later.of("bob").map(({ createdAt, usedAt }) => [clock.now - createdAt, clock.now - usedAt])).toEqual([[6 * DAY, 0]]);
    clock.now += 7 * DAY;
    expect([old, young].map((secret) => later.find(secret, ADDRESS) !== undefined)).toEqual([false, false]);
  });

  it("forward counts as time that has passed, because a machine that slept looks the same: who was signed in signs in again", async () => {
    const { sessions, clock, ended } = await openSessions();
    const secret = used(sessions);
    clock.set(10 * YEAR);
    expect(sessions.find(secret, ADDRESS)).toBeUndefined();
    expect(ended).toMatchObject([{ why: "expired" }]);
    const again = used(sessions);
    clock.set(-10 * YEAR);
    clock.now += 6 * DAY;
    expect(sessions.find(again, ADDRESS)).toBeDefined();
  });

  it("is followed on the disk: a crash leaves no session with the times of the wrong clock", async () => {
    const { sessions, clock, directory } = await openSessions({ idle: 200 });
    clock.set(10 * YEAR);
    used(sessions);
    clock.set(-10 * YEAR);
    const written = (): unknown => JSON.parse(readFileSync(join(directory, "sessions.json"), "utf8"));
    await expect.poll(written).toMatchObject({ saved: clock.now, sessions: [{ createdAt: clock.now }] });
  });
});

describe("bounds", () => {
  it("one more than a user may have ends the one unused for longest, and nobody else's", async () => {
    const { sessions, clock, ended } = await openSessions({ perUser: 3 });
    const bobs = used(sessions, "bob");
    const secrets = [used(sessions), used(sessions), used(sessions)] as const;
    clock.now += DAY;
    sessions.find(secrets[0], ADDRESS);
    used(sessions);
    expect(secrets.map((secret) => sessions.find(secret, ADDRESS) !== undefined)).toEqual([true, false, true]);
    expect(sessions.find(bobs, ADDRESS)).toBeDefined();
    expect(ended).toMatchObject([{ why: "made-room" }]);
  });

  it("attack: a browser that keeps no cookies, and so begins a session with every page, pushes out none that is used", async () => {
    const { sessions } = await openSessions({ perUser: 5 });
    const used = [begin(sessions), begin(sessions)];
    for (const secret of used) sessions.find(secret, ADDRESS);
    for (let page = 0; page < 20; page += 1) begin(sessions);
    expect(used.map((secret) => sessions.find(secret, ADDRESS) !== undefined)).toEqual([true, true]);
  });

  it("there are never more in all than the bound", async () => {
    const { sessions } = await openSessions({ capacity: 10, perUser: 8 });
    for (let round = 0; round < 30; round += 1) begin(sessions, round % 2 === 0 ? "alice" : "bob");
    expect(sessions.size).toBe(10);
  });

  it("ten thousand sessions hold the event loop for less than 20 ms at a time", async () => {
    const { sessions } = await openSessions({ perUser: 10_000 });
    const record = { createdAt: 0, usedAt: 0, name: "alice", line: "l", address: "2001:db8:1:2:3:4:5:6", agent: AGENT };
    const many = Array.from({ length: 10_000 }, (_, index) => ({ ...record, id: String(index), key: String(index).padStart(43, "k") }));
    const { encodeSessions } = await import("../../../src/auth/session/sessions-file.ts");
    const kept = { saved: 0, sessions: many };
    let best = Infinity;
    for (let attempt = 0; attempt < 5; attempt += 1) best = Math.min(best, await longestTurn(async () => void encodeSessions(kept)));
    expect(best).toBeLessThan(20);
    expect(sessions.size).toBe(0);
  });
});

describe("the state directory", () => {
  it("brings the sessions back after a restart, with what their user sees of them", async () => {
    const { sessions, again, clock } = await openSessions();
    const secret = used(sessions);
    clock.now += DAY;
    sessions.find(secret, "198.51.100.7");
    const before = sessions.of("alice");
    await sessions.close();
    const restarted = await again();
    expect(restarted.of("alice").map((session) => session.record())).toEqual(before.map((session) => session.record()));
    expect(restarted.find(secret, ADDRESS)).toMatchObject({ name: "alice", agent: AGENT, address: "198.51.100.7", usedAt: clock.now });
  });

  it("attack: whoever reads it finds nothing that opens a session", async () => {
    const { sessions, directory } = await openSessions();
    const secret = begin(sessions);
    await sessions.close();
    const text = readFileSync(join(directory, "sessions.json"), "utf8");
    expect(text).not.toContain(secret);
    const kept = (JSON.parse(text) as { readonly sessions: readonly { readonly key: string; readonly id: string }[] }).sessions[0];
    const restarted = await openSessions({ directory });
    for (const found of [kept?.key ?? "", kept?.id ?? ""]) expect(restarted.sessions.find(found, ADDRESS)).toBeUndefined();
    expect(statSync(join(directory, "sessions.json")).mode & 0o777).toBe(0o600);
  });

  it.each([
    ["is no JSON", "{"],
    ["is of another version", '{"version":2,"sessions":[]}'],
    ["is empty", ""],
    ["is something else", "[]"],
  ])("a file that %s keeps nobody out: all sign in again, and the operator is told", async (_, text) => {
    const { directory } = await openSessions();
    writeFileSync(join(directory, "sessions.json"), text);
    const { sessions, log } = await openSessions({ directory });
    expect([sessions.size, log.count("error")]).toEqual([0, 1]);
    begin(sessions);
    await sessions.close();
    expect(JSON.parse(readFileSync(join(directory, "sessions.json"), "utf8"))).toMatchObject({ version: 1 });
  });

  it("a session in it that is not whole is left out, and the others stay", async () => {
    const { sessions, directory, again } = await openSessions();
    const secret = begin(sessions);
    await sessions.close();
    const path = join(directory, "sessions.json");
    const file = JSON.parse(readFileSync(path, "utf8")) as { sessions: unknown[] };
    file.sessions.push(
      {},
      null,
      7,
      { id: "x", key: "short" },
      { ...(file.sessions[0] as object), name: 7 },
      { ...(file.sessions[0] as object), usedAt: "now" },
    );
    writeFileSync(path, JSON.stringify(file));
    const restarted = await again();
    expect([restarted.size, restarted.find(secret, ADDRESS)?.name]).toEqual([1, "alice"]);
  });

  it("is written for a new session and for an end, and not for every use", async () => {
    const { sessions, directory, clock } = await openSessions();
    const secret = begin(sessions);
    await expect.poll(() => readdirSync(directory)).toEqual(["sessions.json"]);
    const written = statSync(join(directory, "sessions.json")).mtimeMs;
    for (let use = 0; use < 100; use += 1) {
      clock.now += 61_000;
      sessions.find(secret, ADDRESS);
    }
    expect(statSync(join(directory, "sessions.json")).mtimeMs).toBe(written);
  });
});

it("a session's secret has 256 random bits, and its public id is another thing", async () => {
  const { sessions } = await openSessions();
  const secrets = Array.from({ length: 20 }, () => begin(sessions));
  expect(new Set(secrets).size).toBe(20);
  for (const secret of secrets) {
    expect(Buffer.from(secret, "base64url")).toHaveLength(32);
    const id = sessions.find(secret, ADDRESS)?.id ?? "";
    expect(secret).not.toContain(id);
    expect(sessions.find(id, ADDRESS)).toBeUndefined();
  }
  expect(sessions).toBeInstanceOf(Sessions);
});

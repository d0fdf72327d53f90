import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";

import { passesPath } from "../../../src/auth/pass/edit-passes.ts";
import { createPassMethod } from "../../../src/auth/pass/pass-method.ts";
import { newPass } from "../../../src/auth/pass/pass-text.ts";
import { readPassUse } from "../../../src/auth/pass/pass-use.ts";
import { Passes } from "../../../src/auth/pass/passes.ts";
import { eventually, pause } from "../../support/eventually.ts";
import { emptyMemo } from "../../support/exchange.ts";
import { idOf, makePass, revokePass } from "../../support/passes.ts";
import { recordingLog } from "../../support/recording-log.ts";
import { slowReading } from "../../support/slow-reading.ts";
import { testAuthenticator } from "../authenticator-conformance.ts";
import { basic, bcrypt, exchange, temporaryDirectory, usersSource } from "../support.ts";
import type { PassesOptions } from "../../../src/auth/pass/passes.ts";

const HASH = bcrypt("x");

async function open(options: Partial<PassesOptions> = {}) {
  const state = options.state ?? temporaryDirectory();
  const users = usersSource({ alice: HASH, bob: HASH });
  const log = recordingLog();
  const passes = await Passes.open({ state, users, log, ...options });
  onTestFinished(() => passes.close());
  const lost: string[] = [];
  passes.onLost((ids, why) => void lost.push(...[...ids].map((id) => `${why} ${id}`)));
  return { state, users, log, passes, lost, method: createPassMethod(passes) };
}

const signIn = (text: string, memo = emptyMemo()) => exchange({ lines: [`Authorization: Bearer ${text}`], memo });

testAuthenticator("pass", async () => {
  const state = temporaryDirectory();
  const text = await makePass(state);
  const passes = await Passes.open({ state, users: usersSource({ alice: HASH }), log: recordingLog() });
  const other = newPass().text;
  const wrong = `oce_${idOf(text)}_${other.slice(15)}`;
  return {
    authenticator: createPassMethod(passes),
    name: "alice",
    good: [`Authorization: Bearer ${text}`],
    wrong: [`Authorization: Bearer ${wrong}`],
    unknown: [`Authorization: Bearer ${other}`],
    malformed: [
      [`Authorization: Bearer ${text.slice(0, -1)}`],
      [`Authorization: Bearer oce_`],
      [`Authorization: Bearer ${text}`, `Authorization: Bearer ${text}`],
      [`X-OpenClaw-Edge-Pass: ${text.slice(0, -1)}`],
      [`X-OpenClaw-Edge-Pass: hello`],
      [`X-OpenClaw-Edge-Pass: ${text}`, `X-OpenClaw-Edge-Pass: ${text}`],
      [`X-OpenClaw-Edge-Pass: ${text}`, `Authorization: Bearer ${other}`],
      [`CF-Access-Client-Secret: ${text}`],
      [`CF-Access-Client-Id: other`, `CF-Access-Client-Secret: ${text}`],
      [`CF-Access-Client-Id: ${idOf(text)}`, `CF-Access-Client-Secret: ${text}`, `CF-Access-Client-Secret: ${text}`],
      [basic("alice", text), basic("alice", text)],
    ],
    others: [
      ["Authorization: Bearer abc"],
      [basic("alice", "oce_but_a_password")],
      ["CF-Access-Client-Id: 1.access", "CF-Access-Client-Secret: 0123456789abcdef"],
      [`Cookie: pass=${text}`],
      [`X-Pass: ${text}`],
      [`X_OpenClaw_Edge_Pass: ${text}`],
    ],
    secrets: [text.slice(15), wrong.slice(15)],
    work: () => [],
    isCostly: false,
    close: () => passes.close(),
  };
});

describe("a pass", () => {
  it.each([
    ["Bearer", (text: string) => [`Authorization: Bearer ${text}`]],
    ["bearer, and two spaces", (text: string) => [`Authorization: bearer  ${text}`]],
    ["Basic, with its user's name", (text: string) => [basic("alice", text)]],
    ["Basic, with its own name", (text: string) => [basic("iphone", text)]],
    ["its own field", (text: string) => [`X-OpenClaw-Edge-Pass: ${text}`]],
    ["its own field, beside a Gateway's token", (text: string) => [`X-OpenClaw-Edge-Pass: ${text}`, "Authorization: Bearer gateway-token"]],
    ["the fields of a service token", (text: string) => [`CF-Access-Client-Id: ${idOf(text)}`, `CF-Access-Client-Secret: ${text}`]],
    [
      "all of them at once",
      (text: string) => [
        `X-OpenClaw-Edge-Pass: ${text}`,
        `CF-Access-Client-Id: ${idOf(text)}`,
        `CF-Access-Client-Secret: ${text}`,
        basic("alice", text),
      ],
    ],
  ])("signs in by %s", async (_, lines) => {
    const state = temporaryDirectory();
    const text = await makePass(state, { name: "iphone", scopes: ["operator.read"] });
    const { method } = await open({ state });
    const result = await method.authenticate(exchange({ lines: lines(text) }));
    expect(result).toMatchObject({
      kind: "authenticated",
      user: { name: "alice", method: "pass", credential: idOf(text), scopes: ["operator.read"] },
    });
  });

  it.each([
    ["doubled", (text: string) => [`X-OpenClaw-Edge-Pass: ${text}`, "X-OpenClaw-Edge-Pass: other"]],
    ["beside another one", (text: string) => [`X-OpenClaw-Edge-Pass: ${text}`, `Authorization: Bearer ${newPass().text}`]],
  ])("attack: %s, it is refused on a connection that it has opened before as on any other", async (_, lines) => {
    const state = temporaryDirectory();
    const text = await makePass(state);
    const { method } = await open({ state });
    const memo = emptyMemo();
    expect(method.authenticate(exchange({ lines: lines(text).slice(0, 1), memo }))).toMatchObject({ kind: "authenticated" });
    expect(method.authenticate(exchange({ lines: lines(text), memo }))).toMatchObject({ kind: "rejected", reason: "malformed" });
  });

  it("is answered on the same connection by the memo, and only for the very field that carried it", async () => {
    const state = temporaryDirectory();
    const text = await makePass(state);
    const { method } = await open({ state });
    const memo = emptyMemo();
    const foreign = ["CF-Access-Client-Id: 1.access", "CF-Access-Client-Secret: 0123456789abcdef"];
    const first = await method.authenticate(exchange({ lines: [...foreign, `Authorization: Bearer ${text}`], memo }));
    expect(first).toMatchObject({ kind: "authenticated" });
    expect(await method.authenticate(exchange({ lines: [`Authorization: Bearer ${text}`], memo }))).toBe(first);
    // Another visitor of a proxy in front that reuses its connections.
    expect(await method.authenticate(exchange({ lines: foreign, memo }))).toEqual({ kind: "absent" });
    expect(await method.authenticate(exchange({ memo }))).toEqual({ kind: "absent" });
  });

  it("with a wrong secret is answered 401 with a Bearer challenge, whatever field it came in, and never by Basic's dialog", async () => {
    const state = temporaryDirectory();
    const text = await makePass(state);
    const { method } = await open({ state });
    const wrong = `oce_${idOf(text)}_${newPass().text.slice(15)}`;
    for (const lines of [
      [`Authorization: Bearer ${wrong}`],
      [basic("alice", wrong)],
      [`X-OpenClaw-Edge-Pass: ${wrong}`],
      [`X-OpenClaw-Edge-Pass: ${newPass().text}`],
    ]) {
      const result = await method.authenticate(exchange({ lines }));
      if (!("reply" in result) || result.reply === undefined) throw new Error("no reply");
      expect(result).toMatchObject({ kind: "rejected", method: "pass", reason: "wrong", reply: { status: 401, code: "pass_wrong" } });
      expect(new Map(result.reply.fields).get("WWW-Authenticate")).toBe('Bearer realm="OpenClaw", error="invalid_token"');
    }
    expect(await method.authenticate(exchange({ lines: [`Authorization: Bearer ${wrong}`] }))).toMatchObject({ repeated: true });
  });

  it("taken into use or revoked by a command counts within a second, and others stay as they are", async () => {
    const state = temporaryDirectory();
    const kept = await makePass(state);
    const { method, passes, lost } = await open({ state });
    const memo = emptyMemo();
    const before = await method.authenticate(signIn(kept, memo));
    const text = await makePass(state);
    await eventually(() => passes.find(text) !== undefined, 1_000);
    expect(await method.authenticate(signIn(kept, memo))).toBe(before);
    await revokePass(state, text);
    await eventually(() => lost.length > 0, 1_000);
    expect(lost).toEqual([`revoked ${idOf(text)}`]);
    expect(await method.authenticate(signIn(text))).toMatchObject({ kind: "rejected" });
    expect(await method.authenticate(signIn(kept, memo))).toBe(before);
  });

  it("is taken in the moment in which it was made, before the edge has noticed", async () => {
    const state = temporaryDirectory();
    const { method } = await open({ state });
    for (let count = 0; count < 20; count += 1) {
      const text = await makePass(state);
      expect(await method.authenticate(signIn(text))).toMatchObject({ kind: "authenticated" });
    }
  });

  it("that is revoked is not taken on a connection that is signed in by it", async () => {
    const state = temporaryDirectory();
    const text = await makePass(state);
    const { method, passes } = await open({ state });
    const memo = emptyMemo();
    expect(await method.authenticate(signIn(text, memo))).toMatchObject({ kind: "authenticated" });
    expect(await passes.revoke("bob", new Set([idOf(text)]))).toBe(false);
    expect(await passes.revoke("alice", new Set([idOf(text)]))).toBe(true);
    expect(await method.authenticate(signIn(text, memo))).toMatchObject({ kind: "rejected" });
  });

  it("ends when it expires, within a second and on the dot for whoever comes anew", async () => {
    const state = temporaryDirectory();
    const text = await makePass(state, { expires: 1_000_000 });
    let now = 999_999;
    const { method, lost } = await open({ state, now: () => now });
    const memo = emptyMemo();
    expect(await method.authenticate(signIn(text, memo))).toMatchObject({ kind: "authenticated" });
    now = 1_000_000;
    expect(await method.authenticate(signIn(text))).toMatchObject({ kind: "rejected" });
    await eventually(() => lost.length > 0, 1_500);
    expect(lost).toEqual([`expired ${idOf(text)}`]);
    expect(await method.authenticate(signIn(text, memo))).toMatchObject({ kind: "rejected" });
  });

  it("that expired by a clock that was years ahead is good again when the clock is right", async () => {
    const state = temporaryDirectory();
    const text = await makePass(state, { expires: 2_000_000_000_000 });
    let now = 1_900_000_000_000;
    const { method, lost } = await open({ state, now: () => now });
    const isGood = async (): Promise<boolean> => (await method.authenticate(signIn(text))).kind === "authenticated";
    expect(await isGood()).toBe(true);
    now = 2_300_000_000_000;
    await eventually(() => lost.length > 0, 5_000);
    expect(await isGood()).toBe(false);
    now = 1_900_000_000_001;
    await expect.poll(isGood, { timeout: 5_000 }).toBe(true);
  });

  it("outlives a changed password, and not its user: it is gone from the file, and whoever gets the name gets no pass with it", async () => {
    const state = temporaryDirectory();
    const [alices, bobs] = [await makePass(state), await makePass(state, { user: "bob" })];
    const { method, users, lost } = await open({ state });
    users.set({ alice: bcrypt("new"), bob: HASH });
    expect(await method.authenticate(signIn(alices))).toMatchObject({ kind: "authenticated" });
    users.set({ bob: HASH });
    expect(lost).toEqual([`revoked ${idOf(alices)}`]);
    expect(await method.authenticate(signIn(alices))).toMatchObject({ kind: "rejected" });
    users.set({ alice: HASH, bob: HASH });
    expect(await method.authenticate(signIn(alices))).toMatchObject({ kind: "rejected" });
    expect(await method.authenticate(signIn(bobs))).toMatchObject({ kind: "authenticated" });
    await expect.poll(() => readFile(passesPath(state), "utf8")).not.toContain(idOf(alices));
    expect(await readFile(passesPath(state), "utf8")).toContain(idOf(bobs));
  });

  it("of a user who was removed while the edge was away is gone at its start", async () => {
    const state = temporaryDirectory();
    const text = await makePass(state, { user: "carol" });
    const { method } = await open({ state });
    expect(await method.authenticate(signIn(text))).toMatchObject({ kind: "rejected" });
    await expect.poll(() => readFile(passesPath(state), "utf8")).not.toContain(idOf(text));
  });
});

describe("the file of passes", () => {
  it("that is broken keeps the edge from starting", async () => {
    const state = temporaryDirectory();
    await writeFile(passesPath(state), "{");
    await expect(Passes.open({ state, users: usersSource({ alice: HASH }), log: recordingLog() })).rejects.toMatchObject({
      name: "ConfigurationError",
    });
  });

  it("that is broken later changes nothing, and is told once", async () => {
    const state = temporaryDirectory();
    const text = await makePass(state);
    const { passes, log } = await open({ state });
    const good = await readFile(passesPath(state));
    await writeFile(passesPath(state), "{");
    await eventually(() => log.count("error") === 1, 3_000);
    expect(passes.find(text)).toBeDefined();
    expect(await passes.reload()).toHaveLength(1);
    await writeFile(passesPath(state), good);
    await eventually(() => passes.find(text) !== undefined, 1_000);
    expect(log.count("error")).toBe(1);
  });

  it("attack: a reading that began before a pass was revoked, and ends after it, does not bring the pass back", async () => {
    const { state, passes } = await open();
    const path = passesPath(state);
    const text = await makePass(state);
    await passes.reload();
    expect(passes.find(text)).toBeDefined();
    const before = await readFile(path, "utf8");
    const slow = await slowReading(path);
    const late = passes.reload();
    await slow.begun;
    await writeFile(`${path}.new`, '{"version":1,"passes":[]}', { mode: 0o600 });
    await rename(`${path}.new`, path);
    const revoked = passes.reload();
    await Promise.race([revoked, pause(100)]);
    await slow.finish(before);
    await Promise.all([late, revoked]);
    expect(passes.find(text)).toBeUndefined();
  });

  it("that is removed revokes every pass", async () => {
    const state = temporaryDirectory();
    const text = await makePass(state);
    const { passes, lost } = await open({ state });
    await rm(passesPath(state));
    await eventually(() => lost.length === 1, 1_500);
    expect(passes.find(text)).toBeUndefined();
  });

  it("holds no secret, and is for its owner alone", async () => {
    const state = temporaryDirectory();
    const text = await makePass(state);
    expect(await readFile(passesPath(state), "utf8")).not.toContain(text.slice(15));
    expect((await stat(passesPath(state))).mode & 0o777).toBe(0o600);
  });

  it("loses nothing when ten commands write to it at once", async () => {
    const state = temporaryDirectory();
    const texts = await Promise.all(Array.from({ length: 10 }, () => makePass(state)));
    const { passes } = await open({ state });
    expect(texts.filter((text) => passes.find(text) !== undefined)).toHaveLength(10);
  });
});

describe("a pass's last use", () => {
  it("is written down within seconds the first time, and once a minute later, however many requests there are", async () => {
    const state = temporaryDirectory();
    const text = await makePass(state);
    const { passes, method } = await open({ state });
    await method.authenticate(exchange({ lines: [`Authorization: Bearer ${text}`], prefix: "192.0.2.7" }));
    await expect.poll(async () => (await readPassUse(state)).get(idOf(text))?.from, { timeout: 3_000 }).toBe("192.0.2.7");
    const { mtimeMs } = await stat(join(state, "passes-used.json"));
    for (let request = 0; request < 10_000; request += 1) void method.authenticate(signIn(text));
    expect((await stat(join(state, "passes-used.json"))).mtimeMs).toBe(mtimeMs);
    await passes.close();
    expect((await readPassUse(state)).get(idOf(text))?.at).toBeGreaterThan(Date.now() - 60_000);
  });

  it("is there again after a restart, and nothing where its file is broken", async () => {
    const state = temporaryDirectory();
    const text = await makePass(state);
    const first = await open({ state });
    await first.method.authenticate(signIn(text));
    await first.passes.close();
    const second = await open({ state });
    expect(second.passes.of("alice")[0]?.use?.from).toBe("192.0.2.1");
    await second.passes.close();
    await writeFile(join(state, "passes-used.json"), "garbage");
    expect((await open({ state })).passes.of("alice")[0]?.use).toBeUndefined();
  });
});

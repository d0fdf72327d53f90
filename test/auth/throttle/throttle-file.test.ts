import { randomBytes } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";

import { openThrottleFile } from "../../../src/auth/throttle/throttle-file.ts";
import { createThrottle } from "../../../src/auth/throttle/throttle.ts";
import { temporaryDirectory } from "../support.ts";
import type { Guesser, Throttle } from "../../../src/auth/throttle/throttle.ts";
import { eventually } from "../../support/eventually.ts";
import { recordingLog } from "../../support/recording-log.ts";

const SECRET = randomBytes(32);
const ALICE: Guesser = { kind: "stranger", prefix: "192.0.2.1", name: "alice" };

const throttle = (): Throttle => createThrottle({ free: 5, secret: SECRET });

function fail(guessed: Throttle, guesser: Guesser, times = 1): void {
  for (let count = 0; count < times; count += 1) {
    if (guessed.wait(guesser) === 0) guessed.failed(guesser);
  }
}

const place = (): string => join(temporaryDirectory(), "throttle.json");

describe("the throttle's file", () => {
  it("makes a guesser wait on after a restart, and counts where it stopped", async () => {
    const path = place();
    const before = throttle();
    const file = await openThrottleFile(path, before, recordingLog());
    fail(before, ALICE, 5);
    await file.close();
    const after = throttle();
    await openThrottleFile(path, after, recordingLog());
    expect(after.wait(ALICE)).toBeGreaterThan(25);
    expect(after.wait(ALICE)).toBeLessThanOrEqual(30);
    expect(after.wait({ ...ALICE, prefix: "192.0.2.2" })).toBe(0);
  });

  it("is for its owner alone, and is written once for many failures, some seconds after the first", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const path = place();
    const guessed = throttle();
    const file = await openThrottleFile(path, guessed, recordingLog());
    for (let name = 0; name < 1_000; name += 1) fail(guessed, { kind: "stranger", prefix: undefined, name: `name${name}` });
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(5_000);
    vi.useRealTimers();
    await file.close();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ version: 1, name: { length: 1_000 } });
  });

  it("stays small under a million names", async () => {
    const path = place();
    const guessed = throttle();
    const file = await openThrottleFile(path, guessed, recordingLog());
    for (let name = 0; name < 100_000; name += 1) fail(guessed, { kind: "stranger", prefix: `p${name}`, name: `name${name}` });
    await file.close();
    expect((await stat(path)).size).toBeLessThan(400_000);
  });

  it.each([
    ["cut short", '{"version":1,"saved":17'],
    ["of something else", "[]"],
    ["of null", "null"],
    ["of 2 MB", " ".repeat(2_097_152)],
  ])("begins anew where it is %s, and says so", async (_, content) => {
    const path = place();
    await writeFile(path, content);
    const log = recordingLog();
    const guessed = throttle();
    const file = await openThrottleFile(path, guessed, log);
    expect(log.count("warn")).toBe(1);
    expect(guessed.size).toBe(0);
    fail(guessed, ALICE);
    await file.close();
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ version: 1 });
  });

  it("takes no line that is not one", async () => {
    const path = place();
    const bad = [null, 1, ["x", 1, 1], ["AAAAAAAAAAAAAAAA", -1, 1], ["AAAAAAAAAAAAAAAA", 1e300, 1], ["AAAAAAAAAAAAAAAA", 1], [{}, 1, 1]];
    await writeFile(path, JSON.stringify({ version: 1, saved: Date.now(), name: [...bad, ["AAAAAAAAAAAAAAAA", 9, 1]], prefix: "no" }));
    const guessed = throttle();
    await openThrottleFile(path, guessed, recordingLog());
    expect(guessed.size).toBe(1);
  });

  it("that can't be written is said, and nothing else happens", async () => {
    const log = recordingLog();
    const guessed = throttle();
    const file = await openThrottleFile(join(temporaryDirectory(), "missing", "throttle.json"), guessed, log);
    fail(guessed, ALICE);
    await file.close();
    await eventually(() => log.count("warn") === 1);
  });
});

import { chmod, mkdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, it, onTestFinished } from "vitest";

import { openTicketKeys } from "../../src/certificates/ticket-keys.ts";
import { recordingLog } from "../support/recording-log.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { eventually } from "../support/tls.ts";

async function open(state: string, life?: number) {
  const log = recordingLog();
  const rotated: Buffer[] = [];
  const keys = await openTicketKeys(state, log, (key) => rotated.push(key), life);
  onTestFinished(() => keys.close());
  return { keys, rotated, log };
}

it("makes 48 random octets that nobody else can read", async () => {
  const [a, b] = [await scratchDirectory(), await scratchDirectory()];
  const { keys } = await open(a);
  expect(keys.current).toHaveLength(48);
  expect((await stat(join(a, "ticket-keys"))).mode & 0o777).toBe(0o600);
  expect((await open(b)).keys.current.equals(keys.current)).toBe(false);
});

it("uses the same key after a restart, and in a second process", async () => {
  const state = await scratchDirectory();
  const opened = await Promise.all([open(state), open(state), open(state)]);
  const [first] = opened;
  for (const { keys } of opened) expect(keys.current.equals(first.keys.current)).toBe(true);
});

it.each([
  ["older than its life", -86_500_000],
  ["from the future", 3_600_000],
])("replaces a key that is %s", async (_, shift) => {
  const state = await scratchDirectory();
  const { keys } = await open(state);
  const time = new Date(Date.now() + shift);
  await utimes(join(state, "ticket-keys"), time, time);
  expect((await open(state)).keys.current.equals(keys.current)).toBe(false);
});

it("replaces a damaged key and says so", async () => {
  const state = await scratchDirectory();
  await writeFile(join(state, "ticket-keys"), "short", { mode: 0o600 });
  const { keys, log } = await open(state);
  expect(keys.current).toHaveLength(48);
  expect(log.said("warn")).toContain("damaged");
});

it("replaces a key that others could read: with it they could read the sessions of everybody", async () => {
  const state = await scratchDirectory();
  const { keys } = await open(state);
  await chmod(join(state, "ticket-keys"), 0o644);
  const { keys: next, log } = await open(state);
  expect(next.current.equals(keys.current)).toBe(false);
  expect((await stat(join(state, "ticket-keys"))).mode & 0o777).toBe(0o600);
  expect(log.said("warn")).toContain("Others could read");
});

it("rotates when a key's life is over, on disk too, and another process follows", async () => {
  const state = await scratchDirectory();
  const one = await open(state, 500);
  const two = await open(state, 500);
  const first = one.keys.current;
  await eventually(() => one.rotated.length > 0 && two.rotated.length > 0);
  expect(one.rotated[0]!.equals(first)).toBe(false);
  expect(two.rotated[0]!.equals(one.rotated[0]!)).toBe(true);
  one.keys.close();
  two.keys.close();
  expect((await readFile(join(state, "ticket-keys"))).equals(one.keys.current)).toBe(true);
});

it("stops rotating when it is closed", async () => {
  const { keys, rotated } = await open(await scratchDirectory(), 30);
  keys.close();
  await new Promise((resolve) => setTimeout(resolve, 80));
  expect(rotated).toEqual([]);
});

it("refuses a state directory that others can write in", async () => {
  const state = join(await scratchDirectory(), "state");
  await mkdir(state);
  await chmod(state, 0o777);
  await expect(open(state)).rejects.toMatchObject({ problems: [{ where: state, mend: `Run: chmod 700 ${state}` }] });
});

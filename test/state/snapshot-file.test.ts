import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { SnapshotFile } from "../../src/state/snapshot-file.ts";
import { eventually } from "../support/eventually.ts";
import { scratchDirectory } from "../support/scratch.ts";

async function snapshot({ name = "things.json", retry }: { readonly name?: string; readonly retry?: number } = {}) {
  const directory = await scratchDirectory();
  const path = join(directory, name);
  const state = { value: "1", written: 0, failures: 0, recoveries: 0, breaks: false };
  const file = new SnapshotFile({
    path,
    content: () => {
      if (state.breaks) throw new Error("broken");
      state.written += 1;
      return state.value;
    },
    failing: () => (state.failures += 1),
    recovered: () => (state.recoveries += 1),
    ...(retry !== undefined && { retry }),
  });
  onTestFinished(() => file.close());
  return { directory, path, file, state, read: () => readFile(path, "utf8").catch(() => undefined) };
}

test("what must not be lost is on the disk when now() resolves, readable by nobody else", async () => {
  const { file, read, path } = await snapshot();
  await file.now();
  expect(await read()).toBe("1");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("a change during a write is in the next one: now() never resolves by a snapshot from before it", async () => {
  const { file, state, read } = await snapshot();
  const first = file.now();
  state.value = "2";
  await Promise.all([first, file.now()]);
  expect(await read()).toBe("2");
});

test("however many ask at once, one write runs and one more follows", async () => {
  const { file, state } = await snapshot();
  await Promise.all(Array.from({ length: 100 }, () => file.now()));
  expect(state.written).toBe(2);
});

test("changes that may wait are gathered into one write, at the earliest time that anybody asked for", async () => {
  const { file, state, read } = await snapshot();
  file.soon(60_000);
  for (let change = 0; change < 10; change += 1) file.soon(20);
  await eventually(() => state.written === 1);
  await file.close();
  expect([await read(), state.written]).toEqual(["1", 1]);
});

test("closing writes what waits, and nothing afterwards", async () => {
  const { file, state, read } = await snapshot();
  file.soon(60_000);
  await file.close();
  expect(await read()).toBe("1");
  state.value = "2";
  file.soon(0);
  await file.now();
  expect(await read()).toBe("1");
});

test("closing without a change writes nothing", async () => {
  const { file, directory } = await snapshot();
  await file.close();
  expect(await readdir(directory)).toEqual([]);
});

test("attack: where nothing more can be written, what should be gone is removed: a crash can't bring it back", async () => {
  // The name is as long as names may be, so the temporary file beside it can't be made.
  const { file, state, read, path } = await snapshot({ name: "n".repeat(255) });
  await writeFile(path, "old");
  await file.now();
  expect(await read()).toBeUndefined();
  expect(state.failures).toBe(1);
});

test("a write that failed is tried again, and both its failing and its success are told once", async () => {
  const { file, state, read } = await snapshot({ retry: 10 });
  state.breaks = true;
  await file.now();
  await file.now();
  state.breaks = false;
  await eventually(() => state.recoveries === 1);
  expect([await read(), state.failures]).toEqual(["1", 1]);
});

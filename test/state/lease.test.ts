import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { describe, expect, it, onTestFinished } from "vitest";

import { takeLease } from "../../src/state/lease.ts";
import { eventually, pause } from "../support/eventually.ts";
import { scratchDirectory } from "../support/scratch.ts";

const QUICK = { beat: 10, stale: 150, look: 5 };
const NEVER = new AbortController().signal;
const MODULE = pathToFileURL(join(import.meta.dirname, "../../src/state/lease.ts")).href;

/** Another process that takes the lease and keeps it. */
async function holder(path: string) {
  const program = `import { takeLease } from ${JSON.stringify(MODULE)};
    await takeLease(${JSON.stringify(path)}, new AbortController().signal);
    console.log("held"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

describe("a lease", () => {
  it.runIf(process.platform === "linux")("of a process that was killed is free at once", async () => {
    const path = join(await scratchDirectory(), "lease");
    const child = await holder(path);
    child.kill("SIGKILL");
    await once(child, "exit");
    // With the ordinary timing: silence alone would take 20 s, and AbortSignal ends the wait long before.
    await using lease = await takeLease(path, AbortSignal.timeout(10_000));
    expect(lease.lost.aborted).toBe(false);
  });

  it("of a process that lives is not to be had, however long it is waited for", async () => {
    const path = join(await scratchDirectory(), "lease");
    await using held = await takeLease(path, NEVER, QUICK);
    await expect(takeLease(path, AbortSignal.timeout(3 * QUICK.stale), QUICK)).rejects.toMatchObject({ name: "TimeoutError" });
    expect(held.lost.aborted).toBe(false);
  });

  it("of somebody on another machine who fell silent is taken over, whatever the clocks say", async () => {
    const path = join(await scratchDirectory(), "lease");
    await writeFile(path, JSON.stringify({ id: "x", boot: "another", pids: "pid:[1]", pid: process.pid, started: "1" }));
    const began = performance.now();
    await using _lease = await takeLease(path, NEVER, QUICK);
    expect(performance.now() - began).toBeGreaterThan(QUICK.stale);
  });

  it("that another process took over is known to be lost, and the new holder's is left alone", async () => {
    const path = join(await scratchDirectory(), "lease");
    const lease = await takeLease(path, NEVER, QUICK);
    await writeFile(path, "somebody else");
    await eventually(() => lease.lost.aborted);
    await lease[Symbol.asyncDispose]();
    expect(await readFile(path, "utf8")).toBe("somebody else");
  });

  it("whose file vanished is lost", async () => {
    const path = join(await scratchDirectory(), "lease");
    const lease = await takeLease(path, NEVER, QUICK);
    await unlink(path);
    await eventually(() => lease.lost.aborted);
  });

  it("of a dead holder goes to one of many who wait for it", async () => {
    const path = join(await scratchDirectory(), "lease");
    await writeFile(path, "");
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        await using _lease = await takeLease(path, NEVER, QUICK);
        most = Math.max(most, ++inside);
        await pause(5);
        inside--;
      }),
    );
    expect(most).toBe(1);
  });
});

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { onTestFinished } from "vitest";

/** An empty directory (0700) that goes away with the test. */
export async function scratchDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "openclaw-edge-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

import { availableParallelism } from "node:os";
import { join } from "node:path";

import { defineConfig } from "vitest/config";

/** Suites that take long or need more than npm; each has its own script. */
const suites = ["gateway", "browser", "hostile", "kill", "acme", "package", "compose", "fuzz"];

const report = process.env["VITEST_REPORT"];

export default defineConfig({
  test: {
    // For a busy machine: a test that is right never waits for it.
    testTimeout: 60_000,
    // CI's machine is shared: what holds only within a second may be late once, and not twice. It is shown as retried.
    retry: process.env["CI"] ? 1 : 0,
    hookTimeout: 60_000,
    // Tests start hundreds of processes from the sources: what one has compiled, the next one need not.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, ".cache/compile") },
    // CI adds up the suites' results from these files.
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
    projects: [
      {
        extends: true,
        test: {
          name: "fast",
          include: ["test/**/*.test.ts"],
          exclude: suites.map((suite) => `test/${suite}/**`),
          // Most tests wait for sockets, not for the processor: the default, one worker less than there are cores, leaves half of two idle.
          maxWorkers: Math.max(2, availableParallelism()),
          sequence: { groupOrder: 2 },
        },
      },
      ...suites.map((suite) => ({
        extends: true as const,
        test: {
          name: suite,
          include: [`test/${suite}/**/*.test.ts`],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          // Who orders certificates waits most of the time.
          ...(suite === "acme" ? { maxWorkers: 2, sequence: { groupOrder: 1 } } : { fileParallelism: false }),
        },
      })),
    ],
  },
});

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, it } from "vitest";

import { killAtEveryWrite } from "../support/kill-points.ts";

const ATOMIC_FILE = new URL("../../src/state/atomic-file.ts", import.meta.url).href;
const program = (directory: string, statement: string): readonly string[] => [
  "--input-type=module",
  "--eval",
  `import { writeFileAtomic } from ${JSON.stringify(ATOMIC_FILE)};
   import { writeFile } from "node:fs/promises";
   const path = ${JSON.stringify(join(directory, "file"))};
   ${statement}`,
];
const trial = {
  prepare: (directory: string) => writeFile(join(directory, "file"), "old".repeat(1_000)),
  look: (directory: string) => readFile(join(directory, "file"), "utf8"),
};

it("SIGKILL at every write of an atomic file leaves the old content or the new", async () => {
  const points = await killAtEveryWrite({
    ...trial,
    program: (directory) => program(directory, 'await writeFileAtomic(path, "new".repeat(1_000), 0o600);'),
  });
  expect(points.map((point) => point.replaceAll(/\.file\.\S+tmp/g, "TEMPORARY"))).toEqual([
    "open TEMPORARY",
    "chmod TEMPORARY",
    "writeFile TEMPORARY",
    "writeFile half of TEMPORARY",
    "sync TEMPORARY",
    "rename TEMPORARY → file",
    "sync ",
  ]);
});

it("a file that is simply written is caught with half of the new content: this test can fail", async () => {
  const careless = killAtEveryWrite({
    ...trial,
    program: (directory) => program(directory, 'await writeFile(path, "new".repeat(1_000));'),
  });
  await expect(careless).rejects.toThrow("killed before point 2 of 2: writeFile half of file");
});

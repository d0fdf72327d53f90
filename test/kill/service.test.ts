/** kill -9 at every write of `openclaw-edge service install`, with a small package in place of this one: copying it is not what counts. */
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, it } from "vitest";

import { killAtEveryWrite } from "../support/kill-points.ts";

const source = (path: string): string => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);

const program = (directory: string, statement: string): readonly string[] => [
  "--input-type=module",
  "--eval",
  `import { mkdirSync, writeFileSync } from "node:fs";
   import { placeRelease, releaseName } from ${source("service/releases.ts")};
   import { writeWhole } from ${source("service/install.ts")};
   const prefix = ${JSON.stringify(directory)};
   ${statement}`,
];

const read = (directory: string, name: string): Promise<string> => readFile(join(directory, name), "utf8").catch(() => "none");

it.each([
  ["another version", "2.0.0"],
  ["the same version once more", "1.0.0"],
])("SIGKILL at every write of an installation of %s leaves the release of before in use, or the new one, whole", async (_, version) => {
  const points = await killAtEveryWrite({
    program: (directory) =>
      program(
        directory,
        `placeRelease(prefix, releaseName(prefix, ${JSON.stringify(version)}), (release) => {
           mkdirSync(release + "/dist");
           for (const name of ["package.json", "dist/bin.js"]) writeFileSync(release + "/" + name, "new");
         });`,
      ),
    async prepare(directory) {
      for (const old of ["0.9.0", "1.0.0"]) {
        await mkdir(join(directory, "releases", old, "dist"), { recursive: true });
        for (const name of ["package.json", "dist/bin.js"]) await writeFile(join(directory, "releases", old, name), "old");
      }
      await symlink("releases/1.0.0", join(directory, "current"));
    },
    look: async (directory) => Promise.all(["package.json", "dist/bin.js"].map((name) => read(directory, `current/${name}`))),
  });
  expect(points.length).toBeGreaterThan(8);
});

it("SIGKILL at every write of a unit, or of the command, leaves the file of before or the new one", async () => {
  await killAtEveryWrite({
    program: (directory) => program(directory, `writeWhole(prefix + "/unit", { content: "new".repeat(1_000), mode: 0o644 });`),
    prepare: (directory) => writeFile(join(directory, "unit"), "old"),
    look: (directory) => read(directory, "unit"),
  });
});

/** kill -9 at every write of every command that writes. To add a command: a trial. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, it } from "vitest";

import { BIN } from "../cli/run-command.ts";
import { killAtEveryWrite } from "../support/kill-points.ts";

it("SIGKILL at every write of a migration leaves a directory that is the old version or the new one once it is opened again", async () => {
  const opening = (directory: string): readonly string[] => [
    "--input-type=module",
    "--eval",
    `
      import { openState } from ${JSON.stringify(new URL("../../src/state/version.ts", import.meta.url).href)};
      import { readFile, rm, writeFile, mkdir } from "node:fs/promises";
      const directory = ${JSON.stringify(directory)};
      // Deliberately careless: nothing in it is atomic, and it can't be done twice.
      const step = { what: "moves and rewrites", async run() {
        const before = await readFile(directory + "/passes", "utf8");
        await rm(directory + "/passes");
        await mkdir(directory + "/credentials");
        await writeFile(directory + "/credentials/passes", before.toUpperCase());
      } };
      await openState(directory, { migrate: true, migrations: [step] });`,
  ];
  const files = async (directory: string) => {
    const names = (await readdir(directory, { recursive: true })).filter((name) => !/^backups|tmp$/.test(name)).toSorted();
    const texts = await Promise.all(names.map((name) => readFile(join(directory, name), "utf8").catch(() => "a directory")));
    return Object.fromEntries(names.map((name, index) => [name, texts[index]]));
  };
  const made = {
    version: "2\n",
    credentials: "a directory",
    "credentials/passes": "SECRET",
    "local-ca": "a directory",
    "local-ca/ca": "pem",
  };
  const points = await killAtEveryWrite({
    program: opening,
    async prepare(directory) {
      await mkdir(join(directory, "local-ca"));
      await writeFile(join(directory, "local-ca", "ca"), "pem");
      await writeFile(join(directory, "passes"), "secret");
      await writeFile(join(directory, "version"), "1\n");
    },
    // What a kill in the middle leaves is not for anybody's eyes: the next start ends or undoes it before anything is read.
    look: async (directory) => ((await readdir(directory)).includes("migrating") ? "unfinished" : files(directory)),
    accept: (after, before, whole) => expect([before, whole, "unfinished"]).toContainEqual(after),
    async recover(directory) {
      const [code] = (await once(spawn(process.execPath, opening(directory), { stdio: "inherit" }), "close")) as [number | null];
      expect(code).toBe(0);
      expect(await files(directory)).toEqual(made);
    },
  });
  expect(points.length).toBeGreaterThan(20);
});

it("SIGKILL at every write of config init leaves no file or the whole of it, and a second try says which", async () => {
  const init = (directory: string): readonly string[] => [BIN, "config", "init", join(directory, "etc", "edge.json5"), "--domain", "a.lan"];
  const text = (directory: string) => readFile(join(directory, "etc", "edge.json5"), "utf8").catch(() => "none");
  const points = await killAtEveryWrite({
    program: init,
    look: text,
    async recover(directory) {
      const before = await text(directory);
      const [code] = (await once(spawn(process.execPath, init(directory), { stdio: "ignore" }), "close")) as [number | null];
      expect(code).toBe(before === "none" ? 0 : 2);
      expect(await text(directory)).toMatch(/^\/\/ The configuration [^]*"domain": \["a\.lan"\][^]*\n\}\n$/);
    },
  });
  expect(points.length).toBeGreaterThan(4);
});

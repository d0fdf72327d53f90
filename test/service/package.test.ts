import { chmod, lstat, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { copyPackages, type InstalledPackage } from "../../src/service/package.ts";
import { scratchDirectory } from "../support/scratch.ts";

async function somePackage(name: string, fileMode: number, directoryMode: number): Promise<InstalledPackage> {
  const directory = await scratchDirectory();
  await mkdir(join(directory, "dist/inner"), { recursive: true });
  for (const path of ["package.json", "dist/a.js", "dist/inner/b.js", "dist/run"]) {
    await writeFile(join(directory, path), "{}");
    await chmod(join(directory, path), path === "dist/run" ? fileMode | 0o111 : fileMode);
  }
  for (const path of ["dist/inner", "dist"]) await chmod(join(directory, path), directoryMode);
  return { name, version: "1.0.0", directory };
}

test.each([
  ["attack: what everybody could write where it came from, its owner alone may write where root runs it", 0o666, 0o777],
  ["what its owner alone could read where it came from, the service's account may read", 0o600, 0o700],
])("%s", async (_, fileMode, directoryMode) => {
  const target = await scratchDirectory();
  copyPackages([await somePackage("own", fileMode, directoryMode), await somePackage("other", fileMode, directoryMode)], target);
  const copied = await readdir(target, { recursive: true, withFileTypes: true });
  const modes = await Promise.all(
    copied.map(async (entry) => {
      const mode = (await lstat(join(entry.parentPath, entry.name))).mode & 0o7777;
      return `${entry.isDirectory() ? "directory" : entry.name === "run" ? "program" : "file"} ${mode.toString(8)}`;
    }),
  );
  expect(new Set(modes)).toEqual(new Set(["directory 755", "file 644", "program 755"]));
});

test("attack: a link in a package would lead the service to what somebody else may change, and is left out", async () => {
  const [own, target] = [await somePackage("own", 0o644, 0o755), await scratchDirectory()];
  await symlink(join(own.directory, "dist/a.js"), join(own.directory, "dist/link.js"));
  await symlink(join(own.directory, "dist/inner"), join(own.directory, "dist/linked"));
  copyPackages([own], target);
  expect((await readdir(join(target, "node_modules/own/dist"))).toSorted()).toEqual(["a.js", "inner", "run"]);
});

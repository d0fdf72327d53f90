import { lstat, mkdir, readdir, readFile, readlink, rm, symlink } from "node:fs/promises";
import { join } from "node:path";

import { writeFileAtomic } from "./atomic-file.ts";

/**
 * Copies a directory's files, directories and symbolic links with their modes, each file durably. Sockets and the like are left out.
 * @param except names in the top directory that are left out
 */
export async function copyTree(from: string, to: string, except: ReadonlySet<string> = new Set()): Promise<void> {
  const { mode } = await lstat(from);
  await mkdir(to, { recursive: true, mode: mode & 0o777 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (except.has(entry.name)) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target);
    else if (entry.isFile()) await writeFileAtomic(target, await readFile(source), (await lstat(source)).mode & 0o777);
    else if (entry.isSymbolicLink()) {
      await rm(target, { force: true });
      await symlink(await readlink(source), target);
    }
  }
}

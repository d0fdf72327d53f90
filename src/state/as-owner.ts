import type { Stats } from "node:fs";
import { lstat, readlink } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";

import type { FileOwner } from "./atomic-file.ts";

/**
 * Does what root was asked to do with a file as the owner of the file's directory: what is made belongs to whom it serves, and a link that
 * he put there, or in its place, leads no further than he could go himself. For anybody but root, and where there is no directory yet, it
 * changes nothing. For commands that do one thing after the other: meanwhile the whole process has those rights and no others.
 */
export async function asOwnerOf<T>(path: string, work: () => Promise<T>): Promise<T> {
  const { geteuid, getegid, getgroups, seteuid, setegid, setgroups } = process;
  if (!geteuid || !getegid || !getgroups || !seteuid || !setegid || !setgroups) return work(); // Windows
  if (geteuid() !== 0) return work();
  const owner = await ownerOf(dirname(path));
  if (owner === undefined || owner.uid === 0) return work();
  const [group, groups] = [getegid(), getgroups()];
  takeGroupsOf(owner); // first: afterwards there is no right to it any more
  setegid(owner.gid);
  seteuid(owner.uid);
  try {
    return await work();
  } finally {
    seteuid(0);
    setegid(group);
    setgroups(groups);
  }
}

/** The groups that the owner is in, in place of root's own, which would open what is root's group's to read. */
function takeGroupsOf({ uid, gid }: FileOwner): void {
  // Missing in the runtime's types.
  const { initgroups } = process as { readonly initgroups?: (user: number, extraGroup: number) => void };
  try {
    initgroups?.(uid, gid);
  } catch {
    process.setgroups?.([gid]); // nobody has that number
  }
}

/**
 * Of the directory, or of the nearest one above it that exists. Where somebody but root has laid a link on the way there, it is his: where
 * it leads to is his choice, and that may be a directory of root's.
 */
async function ownerOf(directory: string): Promise<FileOwner | undefined> {
  let names = resolve(directory).split(sep);
  let reached: string = sep;
  let owner = await lookAt(reached);
  let links = 0;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const next = join(reached, name);
    const found = await lookAt(next);
    if (found === undefined) return owner;
    if (!found.isSymbolicLink()) [reached, owner] = [next, found];
    else if (found.uid !== 0 || ++links > MOST_LINKS) return found;
    else [reached, names] = [sep, [...resolve(reached, await readlink(next)).split(sep), ...names]];
  }
  return owner;
}

/** As many as the system follows (path_resolution(7)). */
const MOST_LINKS = 40;

const lookAt = (path: string): Promise<Stats | undefined> => lstat(path).catch(() => undefined);

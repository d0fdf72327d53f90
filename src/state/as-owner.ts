import { stat } from "node:fs/promises";
import { dirname } from "node:path";

import type { FileOwner } from "./atomic-file.ts";

/**
 * Does what root was asked to do with a file as the owner of the file's directory: what is made belongs to whom it serves, and a link that
 * he put there leads no further than he could go himself. For anybody but root, and where there is no directory yet, it changes nothing.
 * For commands that do one thing after the other: meanwhile the whole process has those rights and no others.
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

/** Of the directory, or of the nearest one above it that exists. */
async function ownerOf(directory: string): Promise<FileOwner | undefined> {
  const found = await stat(directory).catch(() => undefined);
  if (found !== undefined) return found;
  const parent = dirname(directory);
  return parent === directory ? undefined : ownerOf(parent);
}

import { basename, dirname } from "node:path";

import { mistake, type Mistake } from "../config/read.ts";
import type { Problem } from "../errors.ts";

const MAY_NOT = mistake("This process may not use it.", "Run this as the user whose it is, or name another place with --state DIR.");
const FULL = mistake("There is no room on its disk.", "Make some, and run the same again.");
const WRONG_PATH = mistake("It is no path that leads to a file.", "Check how it is written.");

/** What the system says of files and disks, by its code. */
const FAILURES: Readonly<Record<string, Mistake>> = {
  EACCES: MAY_NOT,
  EPERM: MAY_NOT,
  EROFS: mistake("Its file system can only be read.", "Let it be written to, or name another place with --state DIR."),
  ENOSPC: FULL,
  EDQUOT: FULL,
  ENOTDIR: mistake("Something on the way to it is no directory.", "Check the path."),
  EISDIR: mistake("It is a directory.", "Name the file in it."),
  ELOOP: WRONG_PATH,
  ENAMETOOLONG: WRONG_PATH,
  EIO: mistake("Its disk failed.", "Look into the kernel's log: dmesg"),
};

/** A failure of a file or a disk in words; undefined: it is none. */
export function fileFailure(error: Error): Problem | undefined {
  const { code = "", path } = error as NodeJS.ErrnoException;
  const failure = Object.hasOwn(FAILURES, code) ? FAILURES[code] : undefined;
  if (failure === undefined) return undefined;
  // A socket's path stands in another place.
  const named = path ?? ("address" in error ? String(error.address) : undefined);
  return { where: named === undefined ? "the disk" : placeOf(named), ...failure };
}

/** Of a lock, and of what is there only while something is written, its directory: nobody made it himself. */
const placeOf = (path: string): string => (/^\..*\.(?:lock|tmp|sock)$/.test(basename(path)) ? dirname(path) : path);

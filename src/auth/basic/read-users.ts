/** Reads and parses a users file from the disk; whatever is wrong with it comes back as a problem with its mend. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";

import { addCommand, htpasswdSteps } from "./htpasswd.ts";
import { runInSlices } from "./slices.ts";
import type { Problem } from "../../errors.ts";
import type { Htpasswd } from "./htpasswd.ts";

/** Octets: 16 MiB, about 200,000 users. */
export const LARGEST = 16_777_216;

export interface LoadedUsers extends Htpasswd {
  /** Every account of this machine can read the hashes, or write its own. */
  readonly exposed: boolean;
}

export async function readUsers(path: string): Promise<LoadedUsers> {
  try {
    // O_NONBLOCK: opening a FIFO must not hold a thread until somebody writes to it.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { mode, size } = await file.stat().then((found) => ({ mode: found.isFile() ? found.mode : undefined, size: found.size }));
    if (mode === undefined) return failed({ where: path, what: "This is not a file.", mend: "Name the users file itself." });
    if (size > LARGEST) {
      return failed({
        where: path,
        what: `The file has ${size} bytes; the most is ${LARGEST}.`,
        mend: "Name the right file, or remove users.",
      });
    }
    const octets = await file.readFile();
    if (octets[0] === 0xff || octets[0] === 0xfe) {
      return failed({ where: path, what: "The file is UTF-16.", mend: "Save it as UTF-8." });
    }
    const parsed = await runInSlices(htpasswdSteps(octets.toString("utf8"), path));
    return { ...parsed, exposed: (mode & 0o006) !== 0 };
  } catch (error) {
    return failed(unreadable(error, path));
  }
}

function failed(problem: Problem): LoadedUsers {
  return { users: new Map(), problems: [problem], exposed: false };
}

function unreadable(error: unknown, path: string): Problem {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return {
        where: path,
        what: "The users file does not exist.",
        mend: `Put it back, or make one with a first user: ${addCommand(path)}`,
      };
    case "EACCES":
    case "EPERM":
      return {
        where: path,
        what: "The users file may not be read by this process.",
        mend: "Give the edge's account the right to read it.",
      };
    case "EISDIR":
      return { where: path, what: "This is a directory.", mend: "Name the users file itself." };
    case undefined:
      throw error; // not the disk's doing: a mistake of ours
    default:
      return { where: path, what: `The users file can't be read (${code}).`, mend: "Check the disk and the file's rights." };
  }
}

import { constants } from "node:fs";
import { open, readdir, realpath, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { ConfigurationError } from "../errors.ts";
import { writeFileAtomic } from "./atomic-file.ts";
import { takeLease, type LeaseTiming } from "./lease.ts";

export interface EditOptions {
  /** Octets of the largest file that is read. */
  readonly largest: number;
  /** Gives up waiting for somebody else who edits the file. */
  readonly signal: AbortSignal;
}

/** What becomes of the file: new content, or nothing because of what the editor found. */
export type Edit<Result> = { readonly content?: Uint8Array; readonly result: Result };

/** An edit takes milliseconds, so whoever waits for one looks often. */
const TIMING: LeaseTiming = { beat: 3_000, stale: 20_000, look: 30 };

/**
 * Changes a file that other programs read at any time: under a lock between processes, at once, and with its mode and owner kept; a new
 * one gets mode 0600. A link stays a link: what it leads to is replaced.
 *
 * @param edit given the content, undefined where there is no file
 * @throws ConfigurationError where the path is no file, or it is too large; the system's error where it can't be read or written
 */
export async function editFile<Result>(
  path: string,
  { largest, signal }: EditOptions,
  edit: (content: Buffer | undefined) => Edit<Result> | Promise<Edit<Result>>,
): Promise<Result> {
  const target = await realpath(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT") throw cause;
    return path;
  });
  await using lease = await takeLease(join(dirname(target), `.${basename(target)}.lock`), signal, TIMING);
  await removeLeftovers(target);
  const before = await readBounded(target, largest);
  const { content, result } = await edit(before?.content);
  lease.lost.throwIfAborted();
  if (content !== undefined) await writeFileAtomic(target, content, before?.mode ?? 0o600, before);
  return result;
}

/** Temporary files of those who were killed while they wrote: whoever writes now holds the lock, and that is us. */
async function removeLeftovers(target: string): Promise<void> {
  const [start, directory] = [`.${basename(target)}.`, dirname(target)];
  for (const name of await readdir(directory)) {
    if (name.startsWith(start) && name.endsWith(".tmp")) await unlink(join(directory, name)).catch(() => {});
  }
}

/**
 * Reads a whole file, undefined where there is none.
 * @throws ConfigurationError where it is no file, or too large; the system's error where it can't be read
 */
export async function readBounded(
  path: string,
  largest: number,
): Promise<{ readonly content: Buffer; readonly mode: number; readonly uid: number; readonly gid: number } | undefined> {
  // O_NONBLOCK: opening a FIFO must not wait for somebody who writes to it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT") throw cause;
  });
  if (file === undefined) return undefined;
  await using _file = file;
  const found = await file.stat();
  if (!found.isFile()) throw new ConfigurationError([{ where: path, what: "It is no file.", mend: "Name the file itself." }]);
  if (found.size > largest) {
    const what = `The file has ${found.size} bytes; the most is ${largest}.`;
    throw new ConfigurationError([{ where: path, what, mend: "Name the right file." }]);
  }
  return { content: await file.readFile(), mode: found.mode & 0o7777, uid: found.uid, gid: found.gid };
}

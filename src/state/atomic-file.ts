import { randomBytes } from "node:crypto";
import { link, mkdir, open, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { ConfigurationError } from "../errors.ts";

/** Whose a file is, in the system's numbers. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Replaces a file so that every reader sees the old content or the new, never a part of either, and so that it survives a power cut:
 * a temporary file in the same directory, fsync, rename, fsync of the directory. `mode` holds whatever the umask is; `owner` only matters
 * where the file that is replaced belongs to somebody else.
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array, mode: number, owner?: FileOwner): Promise<void> {
  const temporary = await writeTemporary(path, data, mode, owner);
  try {
    await rename(temporary, path);
  } catch (cause) {
    await unlink(temporary).catch(() => {});
    throw cause;
  }
  await syncDirectory(dirname(path));
}

/**
 * The same for a file that must not be there yet: no reader sees a part of it, and nothing is ever overwritten.
 *
 * @throws the system's error, with the code EEXIST where something has that name
 */
export async function createFileAtomic(path: string, data: string | Uint8Array, mode: number): Promise<void> {
  const temporary = await writeTemporary(path, data, mode, undefined);
  try {
    // Unlike rename, link refuses a name that is taken.
    await link(temporary, path);
  } finally {
    await unlink(temporary).catch(() => {});
  }
  await syncDirectory(dirname(path));
}

/**
 * Makes a directory for secrets (default mode 0700), or checks the one that is there: whoever else may write in it could put a key of
 * his own in place of ours. One that others may only list is accepted (systemd's StateDirectory is 0755 by default): files carry their own mode.
 * @throws ConfigurationError where it is no directory, belongs to somebody else, or is writable by group or others.
 */
export async function ensureDirectory(path: string, mode = 0o700): Promise<void> {
  const found = await makeDirectory(path, mode)
    .then(() => stat(path))
    .catch((cause: unknown) => {
      throw refusal(path, `It can't be made: ${reason(cause)}.`, "Make it yourself, or name another directory with --state.");
    });
  if (!found.isDirectory()) throw refusal(path, "It is not a directory.", "Move it away, or name another directory with --state.");
  const self = process.geteuid?.();
  if (self === undefined) return; // Windows: access is not expressed in modes
  if (found.uid !== self) {
    const mend = `Unless another edge uses it, run: chown -R ${self} ${path}`;
    throw refusal(path, `It belongs to user id ${found.uid}, and the edge runs as ${self}.`, mend);
  }
  if ((found.mode & 0o022) !== 0) {
    throw refusal(path, `Others may write in it (mode ${(found.mode & 0o777).toString(8)}).`, `Run: chmod 700 ${path}`);
  }
}

/** With its parents. mkdir's own `recursive` runs round for ever where the system answers ENOENT beneath a directory that is there (/proc). */
async function makeDirectory(path: string, mode: number): Promise<void> {
  const make = (): Promise<void> =>
    mkdir(path, { mode }).catch((cause: NodeJS.ErrnoException) => {
      // What it is that has the name, its caller looks at.
      if (cause.code !== "EEXIST") throw cause;
    });
  await make().catch(async (cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT" || dirname(path) === path) throw cause;
    await makeDirectory(dirname(path), mode);
    await make();
  });
}

async function writeTemporary(path: string, data: string | Uint8Array, mode: number, owner: FileOwner | undefined): Promise<string> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(6).toString("hex")}.tmp`);
  const file = await open(temporary, "wx", mode).catch((cause: unknown) => {
    throw naming(path, cause);
  });
  try {
    if (owner !== undefined) await file.chown(owner.uid, owner.gid).catch(() => notOurs(path, owner));
    await file.chmod(mode); // open() subtracts the umask, and chown() the set-id bits
    await file.writeFile(data);
    await file.sync();
  } catch (cause) {
    await file.close();
    await unlink(temporary).catch(() => {});
    throw naming(path, cause);
  }
  await file.close();
  return temporary;
}

/** A failure of the file system's with the file that was meant: a write's names none, and that of a temporary file's name says nothing. */
export const naming = (path: string, cause: unknown): unknown => (cause instanceof Error ? Object.assign(cause, { path }) : cause);

/** Whoever reads it by its owner or group now would be shut out. */
function notOurs(path: string, { uid, gid }: FileOwner): never {
  const what = `It belongs to user id ${uid} and group id ${gid}, and this process may make no such file.`;
  throw refusal(path, what, "Run the command as that user, with that group.");
}

/** Without this a rename may be forgotten in a power cut. Some file systems refuse it; nothing more can be done there. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r").catch(() => undefined);
  if (directory === undefined) return;
  try {
    await directory.sync();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code !== "EINVAL" && code !== "EPERM" && code !== "ENOTSUP") throw cause;
  } finally {
    await directory.close();
  }
}

const refusal = (where: string, what: string, mend: string): ConfigurationError => new ConfigurationError([{ where, what, mend }]);

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "this user may not write in the directory above it",
  EPERM: "this user may not write in the directory above it",
  EROFS: "its file system can only be read",
  ENOSPC: "there is no room on its disk",
  ENOTDIR: "something on the way to it is no directory",
  ENOENT: "the directory above it takes none, or it is a link that leads nowhere",
};

function reason(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
  return REASONS[code] ?? code;
}

/** The first user of a new state directory. */
import { lstat, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";

import { writeFileAtomic } from "../state/atomic-file.ts";
import { editFile } from "../state/edit-file.ts";
import { setHash } from "./basic/edit-users.ts";
import { LARGEST } from "./basic/read-users.ts";
import { editScopes } from "./edit-scopes.ts";
import { scopesPath } from "./scopes-file.ts";

/** What is only there once somebody could sign in. A users file that is missing beside one of these was lost. */
const USED = ["scopes.json", "sessions.json", "passes.json"];

/** Whether nobody could ever sign in by this directory: a users file that was there and vanished is never an invitation. */
export async function isUnused(state: string, users: string): Promise<boolean> {
  const there = await Promise.all([users, ...USED.map((name) => join(state, name))].map(isThere));
  return !there.includes(true);
}

/** Where a made password waits for its owner. */
export const initialPasswordPath = (state: string): string => join(state, "initial-password");

export interface FirstUser {
  readonly name: string;
  readonly hash: string;
  /** A made password that nobody has seen yet: it is written down before the user exists, so that no kill locks everybody out. */
  readonly unseen: string | undefined;
}

/**
 * Password, user, owner: in that order, each durable before the next. After a kill the next start begins anew before the user is written,
 * and ends what is missing afterwards: somebody alone becomes the owner (`ensureScopes`).
 *
 * @returns false: another process was quicker, and nothing was changed
 */
export async function writeFirstUser(
  { state, users }: { readonly state: string; readonly users: string },
  { name, hash, unseen }: FirstUser,
  signal: AbortSignal,
): Promise<boolean> {
  const isOurs = await editFile<boolean>(users, { largest: LARGEST, signal }, async (content) => {
    if (content !== undefined) return { result: false };
    if (unseen === undefined) await forgetInitialPassword(state);
    else await writeFileAtomic(initialPasswordPath(state), `${unseen}\n`, 0o600);
    return { content: setHash(Buffer.alloc(0), name, hash).content, result: true };
  });
  if (isOurs) await editScopes(scopesPath(state), signal, (record, isNew) => (isNew ? { ...record, owner: name } : record));
  return isOurs;
}

/** Whether the made password still lies there; false where this process may not look, which is not its directory. */
export const hasInitialPassword = (state: string): Promise<boolean> =>
  lstat(initialPasswordPath(state)).then(
    () => true,
    () => false,
  );

/** Removes the made password if it was that of the user with this hash, who has another one now, or is gone. */
export async function forgetPasswordOf(state: string, hash: string): Promise<void> {
  const password = await readFile(initialPasswordPath(state), "utf8").catch(() => undefined);
  if (password === undefined) return;
  const { isPassword } = await import("./basic/bcrypt.ts");
  if (isPassword(password.trimEnd(), hash)) await forgetInitialPassword(state);
}

async function forgetInitialPassword(state: string): Promise<void> {
  await unlink(initialPasswordPath(state)).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT" && cause.code !== "ENOTDIR") throw cause;
  });
}

/** Also a link that leads nowhere, and what can't be looked at, is something. */
function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (cause: NodeJS.ErrnoException) => cause.code !== "ENOENT" && cause.code !== "ENOTDIR",
  );
}

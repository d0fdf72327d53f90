/** Changes `scopes.json`, under a lock between processes. */
import { ConfigurationError } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { editFile } from "../state/edit-file.ts";
import { LARGEST_RECORD, readRecord, withoutRightsOf, writeRecord, type ScopesRecord } from "./scopes-record.ts";

const EMPTY: ScopesRecord = { owner: undefined, users: new Map() };

export interface EditedScopes {
  /** Undefined: there was no record yet. */
  readonly before: ScopesRecord | undefined;
  readonly after: ScopesRecord;
}

/**
 * @param change given the record that stands (an empty one where there is none); answering the same object leaves the file alone
 * @throws ConfigurationError where the record is not good: a broken one is never written over
 */
export async function editScopes(
  path: string,
  signal: AbortSignal,
  change: (record: ScopesRecord, isNew: boolean) => ScopesRecord,
): Promise<EditedScopes> {
  return editFile<EditedScopes>(path, { largest: LARGEST_RECORD, signal }, (content) => {
    const before = content === undefined ? undefined : goodRecord(content.toString("utf8"), path);
    const after = change(before ?? EMPTY, before === undefined);
    const result = { before, after };
    if (after === before) return { result };
    const written = Buffer.from(writeRecord(after));
    if (written.length <= LARGEST_RECORD) return { content: written, result };
    const what = "Too many users have scopes of their own: the record would be larger than 1 MiB.";
    throw new ConfigurationError([{ where: path, what, mend: "Give some of them the usual ones: openclaw-edge user scopes NAME default" }]);
  });
}

/**
 * Writes the record where there is none yet, and with it who the owner is: the one user there is. Of several nobody is made the owner,
 * because the order of lines in a file that other tools edit says nothing about who may do everything. What is on record of users who
 * left while the edge was away is taken from their names.
 */
export async function ensureScopes(
  path: string,
  users: ReadonlyMap<string, unknown>,
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  const [only] = users.size === 1 ? users.keys() : [];
  const { before, after } = await editScopes(path, signal, (record, isNew) =>
    isNew ? { owner: only, users: record.users } : withoutRightsOf(record, (name) => !users.has(name)),
  );
  if (before !== undefined) return sayForgotten(before, after, path, log);
  if (only !== undefined) log.info("The only user is the owner from now on, with all of the Gateway's scopes.", { owner: only, path });
  else {
    const mend = "Nobody has operator.admin until you say who is: openclaw-edge user scopes NAME --owner";
    log.warn(`There are ${users.size} users and no record of who is the owner. ${mend}`, { path });
  }
}

/** Takes from names whose users are gone what they had beyond the usual scopes: whoever gets such a name later must not get it with it. */
export async function forgetRightsOf(path: string, names: ReadonlySet<string>, log: Log, signal: AbortSignal): Promise<void> {
  const { before, after } = await editScopes(path, signal, (record) => withoutRightsOf(record, (name) => names.has(name)));
  if (before !== undefined) sayForgotten(before, after, path, log);
}

function sayForgotten(before: ScopesRecord, after: ScopesRecord, path: string, log: Log): void {
  if (before === after) return;
  const users = [...before.users.keys()].filter((name) => after.users.get(name) !== before.users.get(name));
  if (users.length > 0) log.info("The scopes of users who are gone were taken from their names.", { users, path });
  if (before.owner === after.owner) return;
  log.warn(
    "The owner is not in the users file any more, so nobody is it. To make somebody the owner: openclaw-edge user scopes NAME --owner",
    {
      owner: before.owner,
      path,
    },
  );
}

function goodRecord(text: string, path: string): ScopesRecord {
  const read = readRecord(text, path);
  if (read.kind === "bad") throw new ConfigurationError(read.problems);
  return read.record;
}

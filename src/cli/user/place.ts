/** The files that the user commands work on, and how they are changed. */
import { access, readFile } from "node:fs/promises";
import { dirname } from "node:path";

import { namesIn } from "../../auth/basic/edit-users.ts";
import { LARGEST, readUsers } from "../../auth/basic/read-users.ts";
import { parseHtpasswd, type Htpasswd, type HtpasswdEntry } from "../../auth/basic/htpasswd.ts";
import { editScopes, type EditedScopes } from "../../auth/edit-scopes.ts";
import { forgetPasswordOf } from "../../auth/first-user.ts";
import { readRecord, type ScopesRecord } from "../../auth/scopes-record.ts";
import { scopesPath } from "../../auth/scopes-file.ts";
import { OptionReader } from "../../config/option-reader.ts";
import { OPTIONS } from "../../config/options.ts";
import type { Sources } from "../../config/sources.ts";
import { stateDirectory, usersPath } from "../../config/state-directory.ts";
import type { Surroundings } from "../../config/surroundings.ts";
import { ConfigurationError, type Problem } from "../../errors.ts";
import { asOwnerOf } from "../../state/as-owner.ts";
import { editFile, readBounded } from "../../state/edit-file.ts";
import { openState } from "../../state/version.ts";

export interface Place {
  /** The users file. */
  readonly users: string;
  /** The state directory. */
  readonly state: string;
  readonly scopes: string;
}

/** Milliseconds to wait for somebody who changes the same file. */
const PATIENCE = 30_000;

/** What the options say of it. */
interface PlaceOptions {
  isWritten(name: "state"): boolean;
  one(name: "state" | "htpasswd"): string | undefined;
}

export function placeIn(options: PlaceOptions, surroundings: Surroundings): Place {
  const state = (options.isWritten("state") ? options.one("state") : undefined) ?? stateDirectory(surroundings);
  return { users: options.one("htpasswd") ?? usersPath(state), state, scopes: scopesPath(state) };
}

/** The names that the edge answers for by its configuration: a password must not be made of them. */
export function domainsIn({
  written,
  surroundings,
}: {
  readonly written: Sources;
  readonly surroundings: Surroundings;
}): readonly string[] {
  return new OptionReader({ domain: OPTIONS.domain }, written, surroundings).all("domain").map(({ value }) => value);
}

/** Makes the state directory, or checks the one that is there. */
export const openPlace = ({ scopes, state }: Place): Promise<unknown> => asOwnerOf(scopes, () => openState(state, { migrate: false }));

/** The names in the users file, as its lines begin, and nothing where there is no file. */
export async function namesAt({ users, state }: Place): Promise<ReadonlySet<string>> {
  // The state directory is made when something is written.
  if (dirname(users) !== state) await demandDirectoryOf(users);
  return asOwnerOf(users, async () => namesIn((await readBounded(users, LARGEST))?.content ?? Buffer.alloc(0)));
}

/**
 * Changes the users file; where there is none, it is made.
 * @param edit given the octets; throws to refuse
 * @returns what the file says afterwards
 */
export async function editUsers({ users }: Place, edit: (content: Uint8Array) => Uint8Array): Promise<Htpasswd> {
  await demandDirectoryOf(users);
  return asOwnerOf(users, () =>
    editFile(users, { largest: LARGEST, signal: AbortSignal.timeout(PATIENCE) }, (octets = Buffer.alloc(0)) => {
      if (octets[0] === 0xff || octets[0] === 0xfe) throw refusal({ where: users, what: "The file is UTF-16.", mend: "Save it as UTF-8." });
      const content = edit(octets);
      return { content, result: parseHtpasswd(Buffer.from(content).toString("utf8"), users) };
    }),
  );
}

async function demandDirectoryOf(users: string): Promise<void> {
  const directory = dirname(users);
  if (await isThere(directory)) return;
  throw refusal({ where: users, what: "Its directory does not exist.", mend: `Make it first:\n  mkdir -p ${directory}` });
}

export function editRecord({ scopes }: Place, change: (record: ScopesRecord, isNew: boolean) => ScopesRecord): Promise<EditedScopes> {
  return asOwnerOf(scopes, () => editScopes(scopes, AbortSignal.timeout(PATIENCE), change));
}

/** The record; undefined: there is none yet. @throws ConfigurationError where it is not good */
export async function recordAt({ scopes }: Place): Promise<ScopesRecord | undefined> {
  const text = await readFile(scopes, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT" && cause.code !== "ENOTDIR") throw cause;
  });
  if (text === undefined) return undefined;
  const read = readRecord(text, scopes);
  if (read.kind === "bad") throw new ConfigurationError(read.problems);
  return read.record;
}

/** The password that was made for a first user is of no use any more. */
export async function forgetInitial({ scopes, state }: Place, former: HtpasswdEntry | undefined): Promise<void> {
  if (former !== undefined) await asOwnerOf(scopes, () => forgetPasswordOf(state, former.hash));
}

export const usersAt = ({ users }: Place): ReturnType<typeof readUsers> => readUsers(users);

export const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

export const refusal = (problem: Problem): ConfigurationError => new ConfigurationError([problem]);

/** Who may do what at the Gateway, from `scopes.json` in the state directory, kept current while the edge runs. */
import { join } from "node:path";

import type { Problem } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { FollowedFile } from "../state/followed-file.ts";
import { forgetRightsOf } from "./edit-scopes.ts";
import { Grants } from "./grants.ts";
import { readScopes } from "./read-scopes.ts";
import { allows } from "./scopes.ts";
import { sameRecord, saysTheSame, withoutRightsOf, type ReadRecord, type ScopesRecord } from "./scopes-record.ts";
import type { UsersSource } from "./passwords.ts";
import type { User } from "./user.ts";

/** Asked for every open exchange after a change: whether this user, with what he signed in by, may do less than before. */
export type IsReduced = (user: User) => boolean;

/** Milliseconds that a command may hold the record's lock. */
const PATIENCE = 30_000;

export const scopesPath = (state: string): string => join(state, "scopes.json");

export class ScopesFile {
  readonly path: string;
  readonly #log: Log;
  readonly #file: FollowedFile<Extract<ReadRecord, { readonly kind: "good" }>>;
  readonly #listeners = new Set<(isReduced: IsReduced) => void>();
  readonly #unsubscribe: (() => void) | undefined;
  /** What is on the disk. */
  #written: ScopesRecord = { owner: undefined, users: new Map() };
  /** Names whose users are gone while what they had is still on the disk: it must not come back with the name. */
  readonly #gone = new Set<string>();
  #grants: Grants = new Grants(this.#written);

  private constructor(path: string, users: UsersSource, log: Log) {
    this.path = path;
    this.#log = log;
    this.#file = new FollowedFile({
      path,
      read: readScopes,
      take: ({ record }) => this.#replace(record),
      broken: (problems) =>
        log.error("The record of scopes is not good; the scopes of before stay until it is mended.", { path, problems }),
      failed: (cause) =>
        log.error("The record of scopes could not be read again; the scopes of before stay.", { path, cause: String(cause) }),
    });
    this.#unsubscribe = users.onChange?.((lost) => this.#forget((name) => lost.has(name) && !users.users.has(name)));
  }

  /** Throws a ConfigurationError where the record is not there or not good. */
  static async open(path: string, users: UsersSource, log: Log): Promise<ScopesFile> {
    const file = new ScopesFile(path, users, log);
    try {
      await file.#file.open();
      return file;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  get record(): ScopesRecord {
    return this.#grants.record;
  }

  /** The value of X-OpenClaw-Scopes for a user: his scopes, or what of them his pass allows. */
  readonly of = (user: User): string => this.#grants.of(user).text;

  /** Calls the listener after every change of the record, when `of` is by the new one already. */
  onChange(listener: (isReduced: IsReduced) => void): void {
    this.#listeners.add(listener);
  }

  /** Reads the record now. The problems, when there are any, are returned, and the scopes of before stay. */
  reload(): Promise<readonly Problem[]> {
    return this.#file.reload();
  }

  close(): void {
    this.#unsubscribe?.();
    this.#file.close();
    this.#listeners.clear();
  }

  #replace(written: ScopesRecord): void {
    // Whoever says something else of a name says it of the one who has it now.
    for (const name of this.#gone) if (!saysTheSame(written, this.#written, name)) this.#gone.delete(name);
    this.#written = written;
    if (!this.#grant() || this.#listeners.size === 0) return; // the first reading
    const { owner = "nobody", users } = this.record;
    this.#log.info("The record of scopes was read again.", { path: this.path, owner, users: users.size });
  }

  /** Puts in force what is written, but for what names had whose users are gone. @returns whether that changed anything */
  #grant(): boolean {
    const record = withoutRightsOf(this.#written, (name) => this.#gone.has(name));
    const [before, after] = [this.#grants, new Grants(record)];
    if (sameRecord(before.record, record)) return false;
    this.#grants = after;
    const isReduced: IsReduced = (user) => {
      const now = after.of(user).scopes;
      return before.of(user).scopes.some((scope) => !allows(now, scope));
    };
    for (const listener of this.#listeners) listener(isReduced);
    return true;
  }

  /**
   * These users are gone, and so is what their names had: in force at once, and on the disk as soon as it can be written. Goes through
   * the record's names, which are few, and not through theirs: a users file may have been replaced by another one.
   */
  #forget(isGone: (name: string) => boolean): void {
    const { owner, users } = this.#written;
    const after = withoutRightsOf(this.#written, isGone);
    const named = [...users.keys(), ...(owner === undefined ? [] : [owner])];
    const rich = new Set(named.filter((name) => isGone(name) && !saysTheSame(after, this.#written, name)));
    if (rich.size === 0) return;
    for (const name of rich) this.#gone.add(name);
    this.#grant();
    this.#writeGone(rich).catch((error: unknown) =>
      this.#log.error(
        "What users had who are gone could not be taken from the record of scopes. It counts for nobody; take it out by hand.",
        {
          path: this.path,
          users: [...rich],
          error,
        },
      ),
    );
  }

  async #writeGone(names: ReadonlySet<string>): Promise<void> {
    await forgetRightsOf(this.path, names, this.#log, AbortSignal.timeout(PATIENCE));
    // From here on whatever is on the disk was written for whoever has the name next.
    for (const name of names) this.#gone.delete(name);
    await this.reload();
  }
}

/** Who may do what at the Gateway, from `scopes.json` in the state directory, kept current while the edge runs. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";

import { ConfigurationError, type Problem } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { isRacy, signatureOf, watchFile, type FileWatch, type Signature } from "../state/file-watch.ts";
import { inTurn } from "../state/in-turn.ts";
import { forgetRightsOf } from "./edit-scopes.ts";
import { Grants } from "./grants.ts";
import { allows } from "./scopes.ts";
import { LARGEST_RECORD, readRecord, sameRecord, saysTheSame, withoutRightsOf, type ScopesRecord } from "./scopes-record.ts";
import type { UsersSource } from "./passwords.ts";
import type { User } from "./user.ts";

/** Asked for every open exchange after a change: whether this user, with what he signed in by, may do less than before. */
export type IsReduced = (user: User) => boolean;

/** Milliseconds for which somebody may be in the middle of writing before a broken record is told. */
const GRACE = 600;
/** Milliseconds that a command may hold the record's lock. */
const PATIENCE = 30_000;

export const scopesPath = (state: string): string => join(state, "scopes.json");

export class ScopesFile {
  readonly path: string;
  readonly #log: Log;
  readonly #watch: FileWatch;
  readonly #listeners = new Set<(isReduced: IsReduced) => void>();
  readonly #unsubscribe: (() => void) | undefined;
  /** What is on the disk. */
  #written: ScopesRecord = { owner: undefined, users: new Map() };
  /** Names whose users are gone while what they had is still on the disk: it must not come back with the name. */
  readonly #gone = new Set<string>();
  #grants: Grants = new Grants(this.#written);
  #taken: Signature | null = null;
  #racy = false;
  #broken = false;
  #looking = false;
  #closed = false;

  private constructor(path: string, users: UsersSource, log: Log) {
    this.path = path;
    this.#log = log;
    this.#watch = watchFile(path, () => void this.#look());
    this.#unsubscribe = users.onChange?.((lost) => this.#forget((name) => lost.has(name) && !users.users.has(name)));
  }

  /** Throws a ConfigurationError where the record is not there or not good. */
  static async open(path: string, users: UsersSource, log: Log): Promise<ScopesFile> {
    const file = new ScopesFile(path, users, log);
    try {
      // Watched before it is read: no change falls between the two.
      await file.#watch.rearm();
      const problems = await file.reload();
      if (problems.length > 0) throw new ConfigurationError(problems);
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

  /**
   * Reads the record now. The problems, when there are any, are returned, and the scopes of before stay. In turn: what a reading still
   * finds that began before scopes were taken away must not be the last word.
   */
  readonly reload = inTurn(() => this.#read());

  async #read(): Promise<readonly Problem[]> {
    const signature = await signatureOf(this.path);
    this.#racy = isRacy(signature);
    const read = await readScopes(this.path);
    if (this.#closed) return [];
    const isNew = signature !== this.#taken;
    this.#taken = signature;
    if (isNew) await this.#watch.rearm(); // what replaced the file may lie in another directory
    if (read.kind === "bad") return read.problems;
    this.#broken = false;
    this.#replace(read.record);
    return [];
  }

  close(): void {
    this.#closed = true;
    this.#unsubscribe?.();
    this.#watch.close();
    this.#listeners.clear();
  }

  /** Something may have happened. */
  async #look(): Promise<void> {
    if (this.#looking || this.#closed) return;
    this.#looking = true;
    try {
      if ((await signatureOf(this.path)) === this.#taken && !this.#racy) return;
      let problems = await this.reload();
      if (problems.length > 0) {
        await new Promise((resolve) => setTimeout(resolve, GRACE).unref());
        problems = await this.reload();
      }
      if (problems.length > 0 && !this.#broken && !this.#closed) {
        this.#broken = true;
        this.#log.error("The record of scopes is not good; the scopes of before stay until it is mended.", { path: this.path, problems });
      }
    } catch (error) {
      this.#log.error("The record of scopes could not be read again; the scopes of before stay.", {
        path: this.path,
        cause: String(error),
      });
    } finally {
      this.#looking = false;
    }
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

/** Reads the record from the disk. */
export async function readScopes(path: string): Promise<ReturnType<typeof readRecord>> {
  try {
    const { size } = await stat(path);
    if (size > LARGEST_RECORD) {
      const what = `The file has ${size} bytes; the most is ${LARGEST_RECORD}.`;
      return { kind: "bad", problems: [{ where: path, what, mend: "Put back a good copy." }] };
    }
    return readRecord(await readFile(path, "utf8"), path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
    if (code === undefined) throw error; // not the disk's doing: a mistake of ours
    const missing = code === "ENOENT" || code === "ENOTDIR";
    const what = missing ? "The record of scopes does not exist." : `The record of scopes can't be read (${code}).`;
    const mend = missing ? "Put it back, or start the edge anew: then it is made anew." : "Give the edge's account the right to read it.";
    return { kind: "bad", problems: [{ where: path, what, mend }] };
  }
}

/** Who may do what at the Gateway, from `scopes.json` in the state directory, kept current while the edge runs. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";

import { ConfigurationError, type Problem } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { isRacy, signatureOf, watchFile, type FileWatch, type Signature } from "../state/file-watch.ts";
import { allows, DEFAULT_SCOPES, intersection, OPERATOR_SCOPES, scopesField } from "./scopes.ts";
import { LARGEST_RECORD, readRecord, type ScopesRecord } from "./scopes-record.ts";
import type { User } from "./user.ts";

/** Asked for every open exchange after a change: whether this user, with what he signed in by, may do less than before. */
export type IsReduced = (user: User) => boolean;

/** Milliseconds for which somebody may be in the middle of writing before a broken record is told. */
const GRACE = 600;

export const scopesPath = (state: string): string => join(state, "scopes.json");

export class ScopesFile {
  readonly path: string;
  readonly #log: Log;
  readonly #watch: FileWatch;
  readonly #listeners = new Set<(isReduced: IsReduced) => void>();
  #grants: Grants = new Grants({ owner: undefined, users: new Map() });
  #taken: Signature | null = null;
  #racy = false;
  #broken = false;
  #looking = false;
  #closed = false;

  private constructor(path: string, log: Log) {
    this.path = path;
    this.#log = log;
    this.#watch = watchFile(path, () => void this.#look());
  }

  /** Throws a ConfigurationError where the record is not there or not good. */
  static async open(path: string, log: Log): Promise<ScopesFile> {
    const file = new ScopesFile(path, log);
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

  /** Reads the record now. The problems, when there are any, are returned, and the scopes of before stay. */
  async reload(): Promise<readonly Problem[]> {
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

  #replace(record: ScopesRecord): void {
    const [before, after] = [this.#grants, new Grants(record)];
    if (sameRecord(before.record, record)) return;
    this.#grants = after;
    if (this.#listeners.size === 0) return; // the first reading
    this.#log.info("The record of scopes was read again.", { path: this.path, owner: record.owner ?? "nobody", users: record.users.size });
    const isReduced: IsReduced = (user) => {
      const now = after.of(user).scopes;
      return before.of(user).scopes.some((scope) => !allows(now, scope));
    };
    for (const listener of this.#listeners) listener(isReduced);
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

interface Grant {
  readonly scopes: readonly string[];
  readonly text: string;
  /** What of it a pass allows, by the pass's own list: worked out once for each. */
  readonly narrowed: WeakMap<readonly string[], Grant>;
}

/** Every user's scopes, ready to be sent: on a request's way this is a look-up in a Map. */
class Grants {
  readonly record: ScopesRecord;
  readonly #byName = new Map<string, Grant>();
  readonly #usual = grant(DEFAULT_SCOPES);

  constructor(record: ScopesRecord) {
    this.record = record;
    for (const [name, scopes] of record.users) this.#byName.set(name, grant(scopes));
    if (record.owner !== undefined) this.#byName.set(record.owner, grant(OPERATOR_SCOPES));
  }

  of({ name, scopes }: User): Grant {
    const whole = this.#byName.get(name) ?? this.#usual;
    if (scopes === undefined) return whole;
    let part = whole.narrowed.get(scopes);
    if (part === undefined) {
      part = grant(intersection(whole.scopes, scopes));
      whole.narrowed.set(scopes, part);
    }
    return part;
  }
}

const grant = (scopes: readonly string[]): Grant => ({ scopes, text: scopesField(scopes), narrowed: new WeakMap() });

function sameRecord(one: ScopesRecord, other: ScopesRecord): boolean {
  if (one.owner !== other.owner || one.users.size !== other.users.size) return false;
  for (const [name, scopes] of one.users) {
    if (scopesField(other.users.get(name) ?? []) !== scopesField(scopes) || !other.users.has(name)) return false;
  }
  return true;
}

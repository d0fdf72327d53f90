/** The users of a htpasswd file, kept current while the edge runs. What is broken or gone never replaces what was good. */
import { setTimeout as sleep } from "node:timers/promises";

import { ConfigurationError } from "../../errors.ts";
import { isRacy, signatureOf, watchFile } from "../../state/file-watch.ts";
import { readUsers } from "./read-users.ts";
import { runInSlices } from "./slices.ts";
import type { Problem } from "../../errors.ts";
import type { Log } from "../../log/log.ts";
import type { FileWatch, Signature } from "../../state/file-watch.ts";
import type { HtpasswdEntry } from "./htpasswd.ts";
import type { LoadedUsers } from "./read-users.ts";

/** The names in `lost` no longer have the right they had: removed, or another password. Empty when users only came. */
export type UsersListener = (lost: ReadonlySet<string>) => void;

/** Milliseconds without a further change after which a file counts as written. */
const QUIET = 100;

/** How often a file that changes while it is read is read again. */
const ATTEMPTS = 5;

/** Milliseconds that a writer has, from the first sign of a change, before a broken or missing file is reported. */
const GRACE = 600;

/** bcrypt's cost below which the operator is told: OWASP's minimum is 10, and htpasswd's own default is 5. */
const ADVISED_COST = 10;

interface Reading {
  readonly signature: Signature;
  /** Its time stamp was so young that a change after the reading could carry the same. */
  readonly racy: boolean;
  readonly loaded: LoadedUsers;
}

export class UsersFile {
  readonly path: string;
  readonly #log: Log;
  readonly #watch: FileWatch;
  readonly #listeners = new Set<UsersListener>();
  #users: ReadonlyMap<string, HtpasswdEntry> = new Map();
  #generation = 0;
  /** What was taken up last, good or bad. */
  #taken: Signature | null = null;
  /** Whether its time stamp may hide a later change. */
  #racy = false;
  #broken = false;
  #exposed = false;
  #looking = false;
  #lookAgain = false;
  #closed = false;
  /** The reading before this one. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(path: string, log: Log) {
    this.path = path;
    this.#log = log;
    this.#watch = watchFile(path, () => void this.#look());
  }

  /** Throws a ConfigurationError with every problem when the file is not there, not readable, or not good. */
  static async open(path: string, log: Log): Promise<UsersFile> {
    const file = new UsersFile(path, log);
    try {
      // Watched before it is read: no change falls between the two.
      await file.#watch.rearm();
      const { problems } = (await file.#take("good")).loaded;
      if (problems.length > 0) throw new ConfigurationError(problems);
    } catch (error) {
      file.close();
      throw error;
    }
    return file;
  }

  /** Never empty. Another Map after every effective change. */
  get users(): ReadonlyMap<string, HtpasswdEntry> {
    return this.#users;
  }

  /** From 1; one more after every effective change. */
  get generation(): number {
    return this.#generation;
  }

  /** Reads the file now. The problems, when there are any, are also in the log, and the users of before stay. */
  async reload(): Promise<readonly Problem[]> {
    return (await this.#take("any")).loaded.problems;
  }

  /** Calls the listener after every effective change, when `users` is the new set already. Returns what ends that. */
  onChange(listener: UsersListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#closed = true;
    this.#watch.close();
    this.#listeners.clear();
  }

  /** Something may have happened. */
  async #look(): Promise<void> {
    this.#lookAgain = true;
    if (this.#looking) return;
    this.#looking = true;
    try {
      while (this.#lookAgain && !this.#closed) {
        this.#lookAgain = false;
        const now = await signatureOf(this.path);
        if (now !== this.#taken || this.#racy) await this.#settle();
      }
    } catch (error) {
      this.#log.error("The users file could not be read again; the users of before stay.", { path: this.path, cause: String(error) });
    } finally {
      this.#looking = false;
    }
  }

  /** Waits until whoever writes has ended, and takes what is there then. Editors truncate and write, or remove and write. */
  async #settle(): Promise<void> {
    const deadline = performance.now() + GRACE;
    let before = await signatureOf(this.path);
    let broken: Reading | undefined;
    for (;;) {
      await sleep(QUIET, undefined, { ref: false });
      if (this.#closed) return;
      const late = performance.now() >= deadline;
      const now = await signatureOf(this.path);
      const quiet = now === before;
      before = now;
      if (!quiet && !late) continue;
      if (now === this.#taken && !this.#racy) return; // reload() was quicker
      if (broken !== undefined && broken.signature === now && !broken.racy && !late) continue; // still the same
      const reading = await this.#take(late ? "any" : "good");
      if (reading.loaded.problems.length === 0 || late) return;
      broken = reading;
    }
  }

  /** Reads the file, and takes it up when it is good; `any`: a broken one is taken note of. In turn: an older one never after a newer. */
  #take(what: "good" | "any"): Promise<Reading> {
    const turn = this.#last.then(async () => {
      const reading = await this.#read();
      if (what === "any" || reading.loaded.problems.length === 0) await this.#apply(reading);
      return reading;
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** The whole of one file: half of an old and half of a new one could be a good file that lacks users. */
  async #read(): Promise<Reading> {
    for (let attempt = 1; ; attempt += 1) {
      const signature = await signatureOf(this.path);
      const racy = isRacy(signature);
      const loaded = await readUsers(this.path);
      if (signature === (await signatureOf(this.path))) return { signature, racy, loaded };
      if (attempt === ATTEMPTS) return { signature, racy: true, loaded: { ...loaded, problems: [unsteady(this.path)] } };
    }
  }

  async #apply({ signature, racy, loaded }: Reading): Promise<void> {
    if (this.#closed) return;
    const known = signature === this.#taken;
    this.#taken = signature;
    this.#racy = racy;
    if (!known) {
      // What replaces a file may lie in another directory (a link swapped), or in a new one of the same name.
      await this.#watch.rearm();
      this.#lookAgain = true;
    }
    if (loaded.problems.length > 0) {
      this.#keep(loaded.problems, known);
      return;
    }
    const recovered = this.#broken;
    this.#broken = false;
    this.#warn(loaded);
    const { lost, changed } = await runInSlices(difference(this.#users, loaded.users));
    if (this.#closed) return;
    if (changed) this.#replace(loaded.users, lost);
    else if (recovered) this.#log.info("The users file is good again.", { path: this.path, users: this.#users.size });
  }

  #replace(users: ReadonlyMap<string, HtpasswdEntry>, lost: ReadonlySet<string>): void {
    const first = this.#generation === 0;
    this.#users = users;
    this.#generation += 1;
    if (first) return;
    this.#log.info("The users file was read again.", { path: this.path, users: users.size, lost: lost.size });
    for (const listener of this.#listeners) {
      try {
        listener(lost);
      } catch (error) {
        this.#log.error("A change of the users file was not taken up everywhere.", { path: this.path, cause: String(error) });
      }
    }
  }

  #keep(problems: readonly Problem[], known: boolean): void {
    if (known && this.#broken) return; // said already
    this.#broken = true;
    this.#log.error("The users file is not good; the users of before stay until it is mended.", {
      path: this.path,
      users: this.#users.size,
      problems,
    });
  }

  #warn({ users, exposed }: LoadedUsers): void {
    if (exposed && !this.#exposed) {
      this.#log.warn("Every account of this machine can read the users file or write to it. Take that right away: chmod o-rw FILE", {
        path: this.path,
      });
    }
    this.#exposed = exposed;
    if (this.#generation > 0) return;
    let cheap = 0;
    for (const { cost } of users.values()) if (cost < ADVISED_COST) cheap += 1;
    if (cheap === 0) return;
    this.#log.warn(`Passwords are stored with a bcrypt cost below ${ADVISED_COST}. Set them anew: openclaw-edge user passwd NAME`, {
      path: this.path,
      users: cheap,
    });
  }
}

function unsteady(path: string): Problem {
  return { where: path, what: "The users file changes while it is read.", mend: "Write a new file beside it, then rename it over." };
}

/** Who lost their right, and whether anything changed at all. In steps: there may be 100,000 users. */
function* difference(
  before: ReadonlyMap<string, HtpasswdEntry>,
  after: ReadonlyMap<string, HtpasswdEntry>,
): Generator<void, { readonly lost: ReadonlySet<string>; readonly changed: boolean }> {
  const lost = new Set<string>();
  let looked = 0;
  for (const [name, { hash }] of before) {
    looked += 1;
    if (looked % 1024 === 0) yield;
    if (after.get(name)?.hash !== hash) lost.add(name);
  }
  return { lost, changed: lost.size > 0 || after.size !== before.size };
}

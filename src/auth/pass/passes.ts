/** The device passes that are good now, from `passes.json` in the state directory, kept current while the edge runs. */
import { timingSafeEqual } from "node:crypto";

import { afterNow } from "../../state/after-now.ts";
import { FollowedFile } from "../../state/followed-file.ts";
import { User } from "../user.ts";
import { editPasses, passesPath, removePassesOf } from "./edit-passes.ts";
import { hashOfPass, readPass } from "./pass-text.ts";
import { openPassUse } from "./pass-use.ts";
import { readPassesFile } from "./read-passes.ts";
import type { Problem } from "../../errors.ts";
import type { Log } from "../../log/log.ts";
import type { AuthResult } from "../authenticator.ts";
import type { UsersSource } from "../passwords.ts";
import type { PassUse, Use } from "./pass-use.ts";
import type { PassRecord, ReadPasses } from "./passes-record.ts";

/** A pass that is good now. Its record never changes: another one is another pass. */
export interface Pass {
  readonly record: PassRecord;
  /** What its use proves, made once. */
  readonly result: AuthResult;
  /** When and from where it was used last. */
  use: Use | undefined;
}

/** These ids are good no more. */
export type LostListener = (ids: ReadonlySet<string>, why: "revoked" | "expired") => void;

export interface PassesOptions {
  /** The state directory. */
  readonly state: string;
  readonly users: UsersSource;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Milliseconds that a command may hold the file's lock. */
const PATIENCE = 30_000;

export class Passes {
  readonly #options: PassesOptions;
  readonly #path: string;
  readonly #now: () => number;
  readonly #file: FollowedFile<Extract<ReadPasses, { readonly kind: "good" }>>;
  readonly #unsubscribe: (() => void) | undefined;
  readonly #listeners = new Set<LostListener>();
  readonly #use: PassUse;
  #records: readonly PassRecord[] = [];
  #good: ReadonlyMap<string, Pass> = new Map();
  #generation = 0;
  #nextExpiry = Infinity;
  /** Of users who were removed: a file that can't be written must not bring them back with the name. */
  readonly #dead = new Set<string>();
  /** Milliseconds since 1970, to the second: asking the clock for every request would cost more than the look-up. */
  #clock: number;

  private constructor(options: PassesOptions, use: PassUse) {
    this.#options = options;
    this.#path = passesPath(options.state);
    this.#now = options.now ?? Date.now;
    this.#clock = this.#now();
    this.#use = use;
    const { log } = options;
    const path = this.#path;
    this.#file = new FollowedFile({
      path,
      read: readPassesFile,
      take: ({ passes }) => this.#apply(passes),
      broken: (problems) => log.error("The file of passes is not good; the passes of before stay until it is mended.", { path, problems }),
      failed: (cause) => log.error("The file of passes could not be read again; those of before stay.", { path, cause: String(cause) }),
      tick: () => this.#tick(),
    });
    this.#unsubscribe = options.users.onChange?.(() => this.#apply(this.#records));
  }

  /** Without a file there are no passes. Throws a ConfigurationError where it is not good. */
  static async open(options: PassesOptions): Promise<Passes> {
    const passes = new Passes(options, await openPassUse(options.state, options.log));
    try {
      await passes.#file.open();
      return passes;
    } catch (error) {
      await passes.close();
      throw error;
    }
  }

  /** One more after every change of what is good. */
  get generation(): number {
    return this.#generation;
  }

  /** The pass with just this text; undefined: there is none, or it is good no more. */
  find(text: string): Pass | undefined {
    const id = readPass(text)?.id;
    const hash = Buffer.from(hashOfPass(text));
    const pass = id === undefined ? undefined : this.#good.get(id);
    if (pass === undefined || (pass.record.expires ?? Infinity) <= this.#now()) return undefined;
    const kept = Buffer.from(pass.record.hash);
    return kept.length === hash.length && timingSafeEqual(kept, hash) ? pass : undefined;
  }

  /**
   * Takes up what was written before this call: somebody may use a pass in the moment in which it was made. However many ask, the file is
   * looked at once at a time.
   */
  readonly refresh = afterNow(() => this.#file.catchUp().catch(() => {})); // the next look tells what is wrong

  /** Notes that a pass was just used. Cheap: within a second of the last time it does nothing. */
  used(pass: Pass, address: string): void {
    if (pass.use?.at === this.#clock) return;
    pass.use = { at: this.#clock, from: address };
    this.#use.note(pass.record.id, pass.use);
  }

  /** A user's good passes, in the order of their making. */
  of(user: string): readonly Pass[] {
    return [...this.#good.values()].filter(({ record }) => record.user === user);
  }

  /** Revokes passes of a user, for good. @returns whether there was one */
  async revoke(user: string, ids: ReadonlySet<string>): Promise<boolean> {
    const isMeant = (pass: PassRecord): boolean => pass.user === user && ids.has(pass.id);
    const { before, after } = await editPasses(this.#path, AbortSignal.timeout(PATIENCE), (passes) =>
      passes.some(isMeant) ? passes.filter((pass) => !isMeant(pass)) : passes,
    );
    await this.reload();
    return after.length < before.length;
  }

  /** Calls the listener when passes were revoked, or have expired, and are good no more already. */
  onLost(listener: LostListener): void {
    this.#listeners.add(listener);
  }

  /** Reads the file now. The problems, when there are any, are returned, and the passes of before stay. */
  reload(): Promise<readonly Problem[]> {
    return this.#file.reload();
  }

  async close(): Promise<void> {
    this.#unsubscribe?.();
    this.#file.close();
    this.#listeners.clear();
    await this.#use.close();
  }

  /** Once a second, and whenever something happened in the directory. */
  #tick(): void {
    const before = this.#clock;
    this.#clock = this.#now();
    // Set back: what had expired by a wrong clock may be good after all.
    if (this.#clock >= this.#nextExpiry || this.#clock < before) this.#apply(this.#records);
  }

  #apply(records: readonly PassRecord[]): void {
    const { users } = this.#options.users;
    const before = this.#good;
    this.#records = records;
    const orphans = records.filter(({ id, user }) => !users.has(user) && !this.#dead.has(id));
    for (const { id } of orphans) this.#dead.add(id);
    const good = records.filter(({ id, expires }) => !this.#dead.has(id) && (expires ?? Infinity) > this.#now());
    this.#good = new Map(good.map((record) => [record.id, sameAs(before.get(record.id), record) ?? this.#make(record)]));
    this.#nextExpiry = Math.min(Infinity, ...good.map(({ expires }) => expires ?? Infinity));
    if (orphans.length > 0) void this.#forget(orphans);
    const lost = [...before].filter(([id, pass]) => this.#good.get(id) !== pass).map(([, { record }]) => record);
    if (lost.length === 0 && before.size === this.#good.size) return;
    this.#generation += 1;
    const isOver = ({ expires }: PassRecord): boolean => (expires ?? Infinity) <= this.#now();
    const { expired = [], revoked = [] } = Object.groupBy(lost, (record) => (isOver(record) ? "expired" : "revoked"));
    this.#tell(expired, "expired");
    this.#tell(revoked, "revoked");
  }

  #tell(lost: readonly PassRecord[], why: "revoked" | "expired"): void {
    if (lost.length === 0) return;
    const ids = lost.map(({ id }) => id);
    this.#options.log.info("Passes are good no more.", { why, passes: ids });
    for (const listener of this.#listeners) listener(new Set(ids), why);
  }

  #make(record: PassRecord): Pass {
    const { id, user, scopes } = record;
    const proof = { method: "pass", credential: id, ...(scopes !== undefined && { scopes }) } as const;
    return { record, result: { kind: "authenticated", user: User.verified(user, proof) }, use: this.#use.of(id) };
  }

  /** Their users are gone, so they are, for good: somebody else may get the name. */
  async #forget(orphans: readonly PassRecord[]): Promise<void> {
    const { state, log } = this.#options;
    const users = new Set(orphans.map(({ user }) => user));
    const ids = orphans.map(({ id }) => id);
    try {
      await removePassesOf(state, users, AbortSignal.timeout(PATIENCE));
      log.info("The passes of users who are gone were removed.", { users: [...users], passes: ids });
    } catch (error) {
      log.error("The passes of users who are gone could not be removed from their file. They are not taken; remove them by hand.", {
        path: this.#path,
        passes: ids,
        error,
      });
    }
  }
}

/** The same object as long as nothing about it changed: whoever is signed in by it stays. */
const sameAs = (pass: Pass | undefined, record: PassRecord): Pass | undefined =>
  JSON.stringify(pass?.record) === JSON.stringify(record) ? pass : undefined;

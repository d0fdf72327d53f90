/** The sessions that last: in memory, and in the state directory so that they survive a restart. */
import { ensureDirectory } from "../../state/atomic-file.ts";
import { SnapshotFile } from "../../state/snapshot-file.ts";
import type { Agent } from "./agent.ts";
import { isSecret } from "./cookie.ts";
import { isUnused, Lifespan, timeOfUse } from "./lifespan.ts";
import { readSessions } from "./read-sessions.ts";
import { SessionClock } from "./session-clock.ts";
import { fingerprint, keyOf, newId, newSecret, Session } from "./session.ts";
import { encodeSessions, sessionsPath } from "./sessions-file.ts";
import type { SessionsOptions } from "./sessions-options.ts";

/** Why a session ended. */
export type EndReason = "signed-out" | "expired" | "user-changed" | "made-room";

export type EndListener = (ended: ReadonlySet<string>, why: EndReason) => void;

/** Milliseconds within which a new session, and a later time of use, are on the disk; a crash may lose them. */
const SAVE_NEW = 250;
const SAVE_USE = 60_000;

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #clock: SessionClock;
  readonly #lifespan: Lifespan;
  readonly #file: SnapshotFile;
  readonly #timer: NodeJS.Timeout;
  readonly #unsubscribe: (() => void) | undefined;
  readonly #listeners = new Set<EndListener>();
  /** By the hash of their secret; the one unused for longest first. */
  readonly #byKey = new Map<string, Session>();
  readonly #byId = new Map<string, Session>();

  private constructor(options: SessionsOptions) {
    const { directory, users, log } = options;
    this.#options = options;
    this.#clock = new SessionClock(options.now, options.steady);
    this.#lifespan = new Lifespan(options);
    this.#file = new SnapshotFile({
      path: sessionsPath(directory),
      content: () => encodeSessions({ saved: this.#clock.now(), sessions: [...this.#byKey.values()].map((session) => session.record()) }),
      failing: (error) => log.error("The sessions can't be written to the state directory; a restart ends them.", { directory, error }),
      recovered: () => log.info("The sessions are written to the state directory again.", { directory }),
    });
    this.#unsubscribe = users.onChange?.((lost) => void this.#endThose((session) => lost.has(session.name), "user-changed"));
    this.#timer = setInterval(() => this.#endExpired(), this.#lifespan.look).unref();
  }

  /** Takes up the sessions of before. A file that can't be read is no reason to stay closed: everybody signs in again. */
  static async open(options: SessionsOptions): Promise<Sessions> {
    await ensureDirectory(options.directory);
    const sessions = new Sessions(options);
    await sessions.#load();
    return sessions;
  }

  /** The session whose secret this is; undefined where there is none, or it is over. Counts as use. */
  find(secret: string, address: string): Session | undefined {
    const session = isSecret(secret) ? this.#byKey.get(keyOf(secret)) : undefined;
    return session !== undefined && this.use(session, address) ? session : undefined;
  }

  /** Whether the session still lasts; moves its time of use on. Runs for every request. */
  use(session: Session, address: string): boolean {
    if (session.over) return false;
    const now = this.#clock.now();
    if (this.#lifespan.isInUse(session, now)) return true;
    this.#followClock();
    if (this.#lifespan.isExpired(session, now)) {
      void this.#end([session], "expired");
      return false;
    }
    if (this.#lifespan.isNoted(session, now)) this.#moveOn(session, now, address);
    return true;
  }

  /** Something was said over a WebSocket that this session opened. */
  useById(id: string): void {
    const session = this.#byId.get(id);
    if (session !== undefined) this.use(session, session.address);
  }

  /**
   * Begins a session. Call this only for somebody whose password has just been checked.
   * @returns its secret, which is kept nowhere else; undefined where there is no such user any more
   */
  begin(name: string, { address, agent }: { readonly address: string; readonly agent: Agent }): { readonly secret: string } | undefined {
    const hash = this.#options.users.users.get(name)?.hash;
    if (hash === undefined) return undefined;
    const { perUser = 50, capacity = 10_000 } = this.#options;
    const own = this.#unordered(name);
    this.#makeRoom(own, own.length - perUser + 1);
    this.#makeRoom([...this.#byKey.values()], this.#byKey.size - capacity + 1);
    const secret = newSecret();
    this.#followClock();
    const now = this.#clock.now();
    this.#add(new Session({ id: newId(), key: keyOf(secret), name, line: fingerprint(hash), createdAt: now, usedAt: now, address, agent }));
    this.#file.soon(SAVE_NEW);
    return { secret };
  }

  /** A user's sessions, the one used last first. */
  of(name: string): readonly Session[] {
    return this.#unordered(name).toReversed();
  }

  /** Ends one session of this user. Over at once; resolved when no crash can bring it back. */
  async end(name: string, id: string): Promise<void> {
    await this.#endThose((session) => session.id === id && session.name === name, "signed-out");
  }

  async endAll(name: string): Promise<void> {
    await this.#endThose((session) => session.name === name, "signed-out");
  }

  /** Is told, at once, of the public ids of sessions that have ended. */
  onEnd(listener: EndListener): void {
    this.#listeners.add(listener);
  }

  get size(): number {
    return this.#byKey.size;
  }

  async close(): Promise<void> {
    this.#followClock();
    clearInterval(this.#timer);
    this.#unsubscribe?.();
    this.#listeners.clear();
    await this.#file.close();
  }

  async #load(): Promise<void> {
    const { directory, users, log } = this.#options;
    const kept = await readSessions(directory, log);
    if (kept === undefined) return;
    const setBack = this.#clock.setBackSince(kept.saved);
    const now = this.#clock.now();
    for (const record of kept.sessions.toSorted((a, b) => a.usedAt - b.usedAt)) {
      const hash = users.users.get(record.name)?.hash;
      const [createdAt, usedAt] = [record.createdAt - setBack, record.usedAt - setBack];
      // Nothing is younger than just made, whatever the file says.
      const session = new Session({ ...record, createdAt: Math.min(createdAt, now), usedAt: Math.min(usedAt, now + 1) });
      if (hash !== undefined && fingerprint(hash) === record.line && !this.#lifespan.isExpired(session, now)) this.#add(session);
    }
    if (this.#byKey.size < kept.sessions.length || setBack > 0) this.#file.soon(SAVE_NEW);
  }

  /**
   * Ends some of these: first those that were never used after they began, or a browser that keeps no cookies could push out its user's
   * other sessions one by one; then those unused for longest.
   */
  #makeRoom(sessions: readonly Session[], count: number): void {
    if (count <= 0) return;
    const inOrder = [...sessions.filter((session) => isUnused(session)), ...sessions.filter((session) => !isUnused(session))];
    void this.#end(inOrder.slice(0, count), "made-room");
  }

  #add(session: Session): void {
    this.#byKey.set(session.key, session);
    this.#byId.set(session.id, session);
  }

  #moveOn(session: Session, now: number, address: string): void {
    session.usedAt = timeOfUse(session, now);
    session.address = address;
    this.#byKey.delete(session.key);
    this.#byKey.set(session.key, session);
    this.#file.soon(SAVE_USE);
  }

  /** Moves what the sessions remember of the wall clock with it where it was set. */
  #followClock(): void {
    const move = this.#clock.move();
    if (move === 0) return;
    for (const session of this.#byKey.values()) session.move(move);
    this.#file.soon(SAVE_NEW);
  }

  #endExpired(): void {
    this.#followClock();
    const now = this.#clock.now();
    void this.#endThose((session) => this.#lifespan.isExpired(session, now), "expired");
  }

  #unordered(name: string): Session[] {
    return [...this.#byKey.values()].filter((session) => session.name === name);
  }

  #endThose(isMeant: (session: Session) => boolean, why: EndReason): Promise<void> {
    const ended: Session[] = [];
    for (const session of this.#byKey.values()) if (isMeant(session)) ended.push(session);
    return this.#end(ended, why);
  }

  async #end(ended: readonly Session[], why: EndReason): Promise<void> {
    if (ended.length === 0) return;
    for (const session of ended) {
      session.over = true;
      this.#byKey.delete(session.key);
      this.#byId.delete(session.id);
    }
    const ids = new Set(ended.map(({ id }) => id));
    for (const listener of this.#listeners) listener(ids, why);
    await this.#file.now();
  }
}

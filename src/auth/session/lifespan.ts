/** How long a session lasts. Pure: whoever asks says what time it is. */
import type { Session } from "./session.ts";

export interface LifespanOptions {
  /** Milliseconds without use after which a session ends. */
  readonly idle: number;
  /** Milliseconds after which a session ends however much it is used. */
  readonly lifetime: number;
}

/** Milliseconds after which a session that was never used ends: its browser did not keep the cookie, or got another one in the same moment. */
const UNUSED = 600_000;
/** How fine the time of use is, in milliseconds: a write for every request would be a write for every request. */
const USE_STEP = 60_000;

export class Lifespan {
  readonly #idle: number;
  readonly #lifetime: number;
  readonly #step: number;
  /** Milliseconds between two looks for sessions that have expired. */
  readonly look: number;

  constructor({ idle, lifetime }: LifespanOptions) {
    this.#idle = idle;
    this.#lifetime = lifetime;
    this.#step = Math.min(USE_STEP, idle / 20);
    this.look = Math.min(1_000, Math.max(20, Math.min(idle, lifetime) / 4));
  }

  /** It was used a moment ago, and there is nothing to do or to decide. Runs for every request. */
  isInUse(session: Session, now: number): boolean {
    const unused = now - session.usedAt;
    return unused >= 0 && unused < this.#step && now - session.createdAt < this.#lifetime && !isUnused(session);
  }

  isExpired(session: Session, now: number): boolean {
    const wait = isUnused(session) ? Math.min(UNUSED, this.#idle) : this.#idle;
    return now - session.usedAt >= wait || now - session.createdAt >= this.#lifetime;
  }

  /** Whether a use at this moment is late enough after the last one to be written down. */
  isNoted(session: Session, now: number): boolean {
    return now - session.usedAt >= this.#step || isUnused(session);
  }
}

/** Nobody has come back with it since it began. */
export const isUnused = ({ usedAt, createdAt }: Session): boolean => usedAt === createdAt;

/** What to write down as the time of a use: never that of the session's beginning, by which an unused one is known. */
export const timeOfUse = ({ createdAt }: Session, now: number): number => Math.max(now, createdAt + 1);

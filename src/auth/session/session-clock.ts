import { ClockJumps } from "../../state/clock-jumps.ts";

/**
 * The wall clock, and by how much what sessions remember of it is to be moved with it, so that nothing makes one last longer than it may:
 * set back, every age stays what it was, and set forth again, too. Forward beyond that counts as time that has passed: the machine may
 * have slept.
 */
export class SessionClock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly #jumps: ClockJumps;
  /** Milliseconds by which the clock was set back, and by which it may be set forth again without a session growing older by it. */
  #owed = 0;

  /** @param steady milliseconds on a clock that never goes back */
  constructor(now: () => number = Date.now, steady?: () => number) {
    this.now = now;
    this.#jumps = new ClockJumps(now, steady);
  }

  /** Milliseconds by which the clock was set back since it showed this: it was in the future otherwise. */
  setBackSince(then: number): number {
    this.#owed = Math.max(0, then - this.now());
    return this.#owed;
  }

  /** Milliseconds by which to move what sessions remember, now; 0: not at all. */
  move(): number {
    const move = Math.min(this.#jumps.look(), this.#owed);
    this.#owed -= move;
    return move;
  }
}

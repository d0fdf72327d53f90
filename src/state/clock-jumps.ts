/** Milliseconds. Smaller ones are a clock that is kept right little by little; they add up until they are told. */
const TOLERANCE = 1_000;

/**
 * How far the wall clock has jumped: how much further it has gone than the clock that nobody sets. Back: somebody has set it. Forward:
 * somebody has set it, or the machine was asleep, which nobody can tell apart.
 */
export class ClockJumps {
  readonly #wall: () => number;
  readonly #steady: () => number;
  #ahead: number;

  /** @param wall milliseconds since 1970 @param steady milliseconds on a clock that never goes back */
  constructor(wall: () => number = Date.now, steady: () => number = () => performance.now()) {
    this.#wall = wall;
    this.#steady = steady;
    this.#ahead = wall() - steady();
  }

  /** Whole milliseconds since the last jump that was told; 0: none. */
  look(): number {
    const jump = Math.round(this.#wall() - this.#steady() - this.#ahead);
    if (Math.abs(jump) < TOLERANCE) return 0;
    this.#ahead += jump;
    return jump;
  }
}

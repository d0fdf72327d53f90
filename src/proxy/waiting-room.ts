import type { UpstreamTarget } from "../config/edge-config.ts";
import { isReachable } from "./reachable.ts";

/** Milliseconds between two looks at whether the upstream listens again. */
const LOOK = 200;
/** Milliseconds for one look. */
const CONNECT = 1_000;
/** Who may go in together, and milliseconds until the next may: a Gateway that has just started is not met by thousands at once. */
const TOGETHER = 32;
const APART = 10;

interface Waiting {
  readonly until: number;
  /** `reachable`: try again now; otherwise the time is over. */
  readonly done: (reachable: boolean) => void;
}

/** Those who wait for an upstream that refuses connections. One probe looks for all of them; nothing runs while nobody waits. */
export class WaitingRoom {
  readonly #target: UpstreamTarget;
  readonly #waiting = new Set<Waiting>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #isOpen = false;

  constructor(target: UpstreamTarget) {
    this.#target = target;
  }

  /**
   * Waits until the upstream accepts connections again.
   *
   * @param time milliseconds, after which `done` is told that it does not
   * @returns gives up waiting: `done` is not called any more
   */
  wait(time: number, done: (reachable: boolean) => void): () => void {
    const waiting = { until: performance.now() + time, done };
    this.#waiting.add(waiting);
    // Whoever comes has just been refused: it has to be looked at again before anybody else is let in.
    this.#isOpen = false;
    this.#timer ??= setTimeout(() => this.#look(), LOOK);
    return () => void this.#waiting.delete(waiting);
  }

  /** Everybody who waits is told that there is no more hope. */
  close(): void {
    this.#rest();
    for (const waiting of this.#waiting) waiting.done(false);
    this.#waiting.clear();
  }

  #look(): void {
    const now = performance.now();
    for (const waiting of this.#waiting) if (now >= waiting.until) this.#call(waiting, false);
    if (this.#waiting.size === 0) return this.#rest();
    if (this.#isOpen) return this.#letIn();
    this.#timer = setTimeout(() => this.#look(), LOOK);
    if (this.#isLooking) return;
    this.#isLooking = true;
    void isReachable(this.#target, CONNECT).then((isReachable) => {
      this.#isLooking = false;
      if (!isReachable || this.#waiting.size === 0) return;
      this.#isOpen = true;
      this.#letIn();
    });
  }

  #letIn(): void {
    clearTimeout(this.#timer);
    let count = 0;
    for (const waiting of this.#waiting) {
      this.#call(waiting, true);
      if (++count === TOGETHER) break;
    }
    if (this.#waiting.size === 0) return this.#rest();
    this.#timer = setTimeout(() => this.#look(), APART);
  }

  #call(waiting: Waiting, reachable: boolean): void {
    this.#waiting.delete(waiting);
    waiting.done(reachable);
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isOpen = false;
  }
}

import net from "node:net";

import type { UpstreamTarget } from "../config/edge-config.ts";
import { endpointOf } from "./endpoint.ts";

/** Milliseconds between two looks at whether the upstream listens again. */
const LOOK = 200;
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
  #probe: net.Socket | undefined;
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
    if (this.#probe !== undefined) return;
    const probe = net.connect(endpointOf(this.#target));
    this.#probe = probe;
    probe.on("connect", () => {
      this.#isOpen = true;
      probe.destroy();
      this.#letIn();
    });
    probe.on("error", () => {});
    probe.on("close", () => (this.#probe = undefined));
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
    this.#probe?.destroy();
  }
}

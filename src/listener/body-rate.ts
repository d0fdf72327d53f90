/** Notices a request body that trickles: each window has to bring its share. Time in which the edge itself does not read does not count. */
export class BodyRate {
  #windowStart: number;
  #atStart: number;
  #lastLook: number;

  constructor(now: number, received: number) {
    this.#windowStart = now;
    this.#lastLook = now;
    this.#atStart = received;
  }

  /**
   * @param waiting whether the client is not expected to send at the moment
   * @param window milliseconds
   * @param rate octets a second
   */
  isTooSlow(now: number, received: number, waiting: boolean, window: number, rate: number): boolean {
    if (waiting) this.#windowStart += now - this.#lastLook;
    this.#lastLook = now;
    if (now - this.#windowStart < window) return false;
    const isSlow = received - this.#atStart < (rate * window) / 1_000;
    this.#windowStart = now;
    this.#atStart = received;
    return isSlow;
  }
}

/** Lets so many in at a time; the others wait in their order. */
export class Seats {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** @throws the signal's reason when it aborts first */
  async take(signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#turn(signal);
    return {
      [Symbol.dispose]: () => {
        const [next] = this.#waiting;
        if (next === undefined) this.#free++;
        else next();
      },
    };
  }

  #turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const come = (): void => {
      this.#waiting.delete(come);
      signal.removeEventListener("abort", leave);
      resolve();
    };
    const leave = (): void => {
      this.#waiting.delete(come);
      reject(signal.reason as Error);
    };
    this.#waiting.add(come);
    signal.addEventListener("abort", leave, { once: true });
    return promise;
  }
}

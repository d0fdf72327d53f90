import type { Client } from "../exchange.ts";

/** Counts connections, in all and by client prefix, so that one client can't take the place of the others. */
export class Admission {
  #total: number;
  #perClient: number;
  readonly #counts = new Map<string, number>();
  #open = 0;

  constructor(total: number, perClient: number) {
    this.#total = total;
    this.#perClient = perClient;
  }

  /** Other bounds from now on. Nobody is cut who is in already. */
  bound(total: number, perClient: number): void {
    this.#total = total;
    this.#perClient = perClient;
  }

  get open(): number {
    return this.#open;
  }

  /**
   * Takes a place; undefined when there is none. The client's own bound comes first: a total reached refuses everybody.
   *
   * @param shared many clients come from there (a proxy of the operator's own): only the total bounds it
   * @returns gives the place back; to be called once
   */
  enter({ prefix }: Client, shared = false): (() => void) | undefined {
    const count = this.#counts.get(prefix) ?? 0;
    if ((!shared && count >= this.#perClient) || this.#open >= this.#total) return undefined;
    this.#open++;
    this.#counts.set(prefix, count + 1);
    return () => this.#leave(prefix);
  }

  #leave(prefix: string): void {
    this.#open--;
    const count = (this.#counts.get(prefix) ?? 1) - 1;
    if (count === 0) this.#counts.delete(prefix);
    else this.#counts.set(prefix, count);
  }
}

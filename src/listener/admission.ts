import { networkOf } from "../auth/throttle/network.ts";
import type { Client } from "../exchange.ts";

/** How many clients' places an IPv6 /48 has: whoever is given one has 65,536 prefixes, and could take all places by a few dozen of them. */
const NETWORK = 8;

/** Counts connections, in all, by client prefix and by IPv6 /48, so that one client can't take the place of the others. */
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
   * Takes a place; undefined when there is none. The client's own bounds come first: a total reached refuses everybody.
   *
   * @param shared many clients come from there (a proxy of the operator's own): only the total bounds it
   * @returns gives the place back; to be called once
   */
  enter({ prefix }: Client, shared = false): (() => void) | undefined {
    const network = networkOf(prefix);
    const isOver =
      !shared &&
      (this.#countOf(prefix) >= this.#perClient || (network !== undefined && this.#countOf(network) >= NETWORK * this.#perClient));
    if (isOver || this.#open >= this.#total) return undefined;
    this.#open++;
    this.#add(prefix, 1);
    if (network !== undefined) this.#add(network, 1);
    return () => {
      this.#open--;
      this.#add(prefix, -1);
      if (network !== undefined) this.#add(network, -1);
    };
  }

  #countOf(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  #add(key: string, change: 1 | -1): void {
    const count = this.#countOf(key) + change;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}

import type { Client } from "../exchange.ts";

/** Counts connections, in all and by client prefix, so that one client can't take the place of the others. */
export class Admission {
  readonly #total: number;
  readonly #perClient: number;
  readonly #counts = new Map<string, number>();
  #open = 0;

  constructor(total: number, perClient: number) {
    this.#total = total;
    this.#perClient = perClient;
  }

  get open(): number {
    return this.#open;
  }

  /** Takes a place; false when there is none. The client's own bound comes first: a total reached refuses everybody. */
  enter(client: Client): boolean {
    const count = this.#counts.get(client.prefix) ?? 0;
    if (count >= this.#perClient || this.#open >= this.#total) return false;
    this.#counts.set(client.prefix, count + 1);
    this.#open++;
    return true;
  }

  leave(client: Client): void {
    this.#open--;
    const count = (this.#counts.get(client.prefix) ?? 1) - 1;
    if (count === 0) this.#counts.delete(client.prefix);
    else this.#counts.set(client.prefix, count);
  }
}

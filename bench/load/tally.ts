/** Counts one run. */
import { percentile } from "../measure/statistics.ts";
import type { LoadResult } from "./plan.ts";

export class Tally {
  readonly #started = performance.now();
  readonly #latencies: number[] = [];
  readonly #statuses: Record<string, number> = {};
  #octets = 0;
  #ended = this.#started;

  /** One unit was answered rightly; `asked` is when it was asked, by `performance.now()`. */
  add(asked: number, octets: number): void {
    this.#ended = performance.now();
    this.#latencies.push(this.#ended - asked);
    this.#octets += octets;
  }

  /** An answer of a load that takes any status. */
  addStatus(status: number): void {
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
  }

  result(): LoadResult {
    return {
      units: this.#latencies.length,
      octets: this.#octets,
      elapsed: this.#ended - this.#started,
      p50: percentile(this.#latencies, 0.5) * 1_000,
      p99: percentile(this.#latencies, 0.99) * 1_000,
      statuses: this.#statuses,
    };
  }
}

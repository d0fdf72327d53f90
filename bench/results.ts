/** What was measured, by case and competitor, and what could not be. */
import type { CaseName } from "./cases/case-name.ts";
import type { Case, Sample } from "./cases/case.ts";
import { median } from "./measure/statistics.ts";

/** Medians over the rounds of one competitor in one case. */
export interface Summary {
  readonly value: number;
  readonly lowest: number;
  readonly highest: number;
  readonly throughput: number | undefined;
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  readonly notes: Readonly<Record<string, number | string>> | undefined;
  readonly rounds: number;
}

/** Something that should have been measured and was not. */
export interface Gap {
  readonly competitor: string;
  readonly what: string;
  /** A skip is a competitor that is not installed; a failure is one that is there and does not do its work. */
  readonly kind: "skip" | "failure";
}

export class Results {
  readonly gaps: Gap[] = [];
  readonly #samples = new Map<string, Sample[]>();

  add(name: CaseName, competitor: string, sample: Sample): void {
    const key = `${name} ${competitor}`;
    const samples = this.#samples.get(key) ?? [];
    this.#samples.set(key, samples);
    samples.push(sample);
  }

  summary({ name }: Pick<Case, "name">, competitor: string): Summary | undefined {
    const samples = this.#samples.get(`${name} ${competitor}`);
    if (!samples) return undefined;
    const values = samples.map(({ value }) => value);
    return {
      value: median(values),
      lowest: Math.min(...values),
      highest: Math.max(...values),
      throughput: medianOf(samples, "throughput"),
      p50: medianOf(samples, "p50"),
      p99: medianOf(samples, "p99"),
      notes: samples.at(-1)?.notes,
      rounds: samples.length,
    };
  }

  /**
   * What the edge's figure is of a competitor's: the median over the rounds of the two that stood side by side, so that a machine which
   * changes its speed from round to round does so for both. NaN where one of them has no figure.
   */
  ratio({ name }: Pick<Case, "name">, competitor: string): number {
    const others = this.samples(name, competitor);
    // Who is slow has fewer rounds: the last one counts on.
    return median(this.samples(name, "edge").map(({ value }, round) => value / (others[round] ?? others.at(-1) ?? NOTHING).value));
  }

  samples(name: CaseName, competitor: string): readonly Sample[] {
    return this.#samples.get(`${name} ${competitor}`) ?? [];
  }
}

const NOTHING = { value: Number.NaN };

function medianOf(samples: readonly Sample[], field: "throughput" | "p50" | "p99"): number | undefined {
  const values = samples.map((sample) => sample[field]).filter((value) => value !== undefined);
  return values.length > 0 ? median(values) : undefined;
}

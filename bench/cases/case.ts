/** The contract of a case: what is done to a server, and which figure comes out. One file each, one line in `index.ts`. */
import type { Generator } from "../load/generator.ts";
import type { Target } from "../load/plan.ts";
import type { Competitor, RunningServer } from "../servers/server.ts";
import type { CaseName } from "./case-name.ts";

/** What one round brought. */
export interface Sample {
  /** The figure that is judged, in the case's unit. */
  readonly value: number;
  /** Units of work a second. */
  readonly throughput?: number;
  /** Microseconds. */
  readonly p50?: number;
  readonly p99?: number;
  /** Whatever else is worth keeping: printed below the table and kept in the results. */
  readonly notes?: Readonly<Record<string, number | string>>;
}

/** How long things take: `--quick` shortens them. */
export interface Pace {
  readonly quick: boolean;
  /** Rounds of the cases that alternate. */
  readonly rounds: number;
  /** Milliseconds of load in a round. */
  readonly round: number;
  /** Milliseconds of load before a server's first round, which counts for nothing: caches fill, compilers compile. */
  readonly warmUp: number;
  /** WebSockets of the case that holds idle ones. */
  readonly idleWebSockets: number;
}

/** What a case works with. */
export interface Workbench {
  readonly pace: Pace;
  readonly generator: Generator;
  /** A server of its own for a case that must not meet the traces of others. The caller stops it. */
  startFresh(competitor: Competitor, options?: FreshOptions): Promise<RunningServer>;
  target(server: RunningServer): Target;
  /** The Authorization field of an account; each of those after the first has never been used before. */
  authorization(account: number): string;
}

export interface FreshOptions {
  readonly core?: number;
  readonly upstreamPort?: number;
}

interface CaseBase {
  readonly name: CaseName;
  readonly title: string;
  /** Of `Sample.value`. */
  readonly unit: string;
  /** Of `Sample.throughput`. */
  readonly throughputUnit?: string;
  /** Decimals that `value` deserves. */
  readonly decimals: number;
  /** The competitors that it measures in a quick run. Default: all. */
  readonly quick?: readonly string[];
}

export type Case =
  /** Measured in rounds, the servers taking turns; all of them run all the time, idle when it is not their turn. */
  | (CaseBase & {
      readonly kind: "rounds";
      measure(bench: Workbench, server: RunningServer, first: boolean): Promise<Sample>;
    })
  /** Measured once for each competitor, on servers that the case starts itself. */
  | (CaseBase & {
      readonly kind: "once";
      measure(bench: Workbench, competitor: Competitor): Promise<Sample>;
    });

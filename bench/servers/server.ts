/** The contract of a competitor: one file each, one line in `index.ts`. */
import type { CaseName } from "../cases/case-name.ts";

/** Somebody who may sign in. */
export interface Account {
  readonly name: string;
  readonly password: string;
  /** bcrypt, cost 10, `$2y$`. */
  readonly hash: string;
}

export interface ServerContext {
  /** An empty directory of its own, readable by everybody; removed after the bench. */
  readonly directory: string;
  /** The free port of 127.0.0.1 to listen on. */
  readonly port: number;
  /** The upstream's port on 127.0.0.1. */
  readonly upstreamPort: number;
  readonly domain: string;
  /** Paths of PEM files: the certificate, its key, both in one. */
  readonly certificate: string;
  readonly key: string;
  readonly certificateAndKey: string;
  /** Path of the htpasswd file that holds `accounts`. */
  readonly htpasswd: string;
  readonly accounts: readonly Account[];
  /** The one core it may run on; undefined: all. */
  readonly core: number | undefined;
}

export interface RunningServer {
  /** The root of the tree of processes that is charged. */
  readonly pid: number;
  readonly port: number;
  /** The Cookie pair of a browser in which this account has signed in before, where the server tells such browsers from strangers. */
  knownDevice?(name: string): Promise<string>;
  stop(): Promise<void>;
}

export interface Competitor {
  readonly name: string;
  /** What it is, in a few words, for the table's legend. */
  readonly description: string;
  /** Whether it checks passwords. One that does not answers everybody. */
  readonly auth: boolean;
  /** Cases in which it has no figure, each with the reason. */
  readonly leftOut: Readonly<Partial<Record<CaseName, string>>>;
  /** Rounds that are enough for its figure, where a round is slow. Default: as many as asked for. */
  readonly roundsEnough?: number;
  /** Why it cannot run here and the mend, or undefined when it can. May install into the bench's cache. */
  missing(): Promise<string | undefined>;
  /**
   * Starts it on `context.port`, with logs as its product's default; returns when it listens.
   * @throws {Error} with its own words when it does not start.
   */
  start(context: ServerContext): Promise<RunningServer>;
}

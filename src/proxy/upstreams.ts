import { isDeepStrictEqual } from "node:util";

import type { UpstreamTarget } from "../config/edge-config.ts";
import type { Sweeper } from "./sweeper.ts";
import { Upstream, type UpstreamOptions } from "./upstream.ts";

export type PoolOptions = Omit<UpstreamOptions, "target">;

/** The pools of connections, one for each target that somebody was sent to. */
export class Upstreams {
  #options: PoolOptions;
  readonly #sweeper: Sweeper;
  readonly #pools = new Map<string, Upstream>();
  /** The same pools by the very object that names the target: that is what is at hand for every request. */
  #known = new WeakMap<UpstreamTarget, Upstream>();

  constructor(options: PoolOptions, sweeper: Sweeper) {
    this.#options = options;
    this.#sweeper = sweeper;
  }

  of(target: UpstreamTarget): Upstream {
    return this.#known.get(target) ?? this.#find(target);
  }

  /** Other options from now on. What is under way goes on with the old ones. */
  use(options: PoolOptions): void {
    if (isDeepStrictEqual(options, this.#options)) return;
    this.#options = options;
    this.retain([]);
  }

  /** Closes the pools of targets that nobody is sent to any more. What is under way there ends by itself. */
  retain(targets: readonly UpstreamTarget[]): void {
    const names = new Set(targets.map(nameOf));
    for (const [name, pool] of this.#pools) {
      if (names.has(name)) continue;
      pool.close();
      this.#pools.delete(name);
    }
    this.#known = new WeakMap();
  }

  close(): void {
    this.retain([]);
  }

  #find(target: UpstreamTarget): Upstream {
    const name = nameOf(target);
    const pool = this.#pools.get(name) ?? new Upstream({ ...this.#options, target }, this.#sweeper);
    this.#pools.set(name, pool);
    this.#known.set(target, pool);
    return pool;
  }
}

const nameOf = (target: UpstreamTarget): string => (target.kind === "unix" ? target.path : `${target.host} ${target.port}`);

import type { Exemption } from "../auth/exemption.ts";
import type { EdgeConfig } from "../config/edge-config.ts";
import type { Client } from "../exchange.ts";
import { RateLimit } from "./rate-limit.ts";
import { routeTable, type RouteTable } from "./route-table.ts";

/** What decides which way a request goes. */
export type RoutingConfig = Pick<EdgeConfig, "upstream" | "routes" | "expose">;

/** The table of routes that is in force, and what was asked without a sign-in so far: the latter outlives a reload. */
export class Routing {
  #table: RouteTable;
  #perMinute: number;
  readonly #limits = new Map<string, RateLimit>();

  /** @param perMinute requests without a sign-in, for each client prefix and each exemption's name */
  constructor(config: RoutingConfig, perMinute: number) {
    this.#table = routeTable(config);
    this.#perMinute = perMinute;
  }

  get table(): RouteTable {
    return this.#table;
  }

  /** Puts another table, and another rate, in force. @returns whether an exemption that was in force is none any more */
  use(config: RoutingConfig, perMinute = this.#perMinute): (exemption: Exemption) => boolean {
    this.#table = routeTable(config);
    // Another rate begins to count anew.
    if (perMinute !== this.#perMinute) this.#limits.clear();
    this.#perMinute = perMinute;
    const names = new Set(this.#table.routes.flatMap(({ exemptions }) => exemptions.map(({ name }) => name)));
    return ({ name }) => !names.has(name);
  }

  /** Counts a request. @returns 0 when it may go on, otherwise after how many seconds the client may ask again */
  wait({ name }: Exemption, { prefix }: Client): number {
    let limit = this.#limits.get(name);
    if (limit === undefined) this.#limits.set(name, (limit = new RateLimit(this.#perMinute)));
    return limit.take(prefix);
  }
}

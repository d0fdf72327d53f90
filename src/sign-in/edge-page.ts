import type { Exchange, Verdict } from "../exchange.ts";

/** What one page does with the methods that it takes. */
export interface EdgePage {
  readonly get?: (exchange: Exchange) => Verdict | Promise<Verdict>;
  readonly post?: (exchange: Exchange) => Verdict | Promise<Verdict>;
}

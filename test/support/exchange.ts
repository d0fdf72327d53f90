import type { ConnectionMemo, Exchange } from "../../src/exchange.ts";
import { parseRequestHead } from "../../src/http1/request-head.ts";

let exchanges = 0;

/** An exchange that the real grammar made of the lines of a request's head. */
export function exchangeOf(lines: readonly string[], more: Partial<Omit<Exchange, "head">> = {}): Exchange {
  const head = parseRequestHead([...lines, "", ""].join("\r\n"), { scheme: "https", fields: 100 });
  if (typeof head === "string") throw new Error(`The grammar refuses this request: ${head}`);
  exchanges += 1;
  return {
    id: `exchange-${exchanges}`,
    client: { address: "192.0.2.1", port: 40_000, prefix: "192.0.2.1" },
    head,
    memo: emptyMemo(),
    signal: new AbortController().signal,
    ...more,
  };
}

/** Of a connection that has carried nothing yet. */
export const emptyMemo = (): ConnectionMemo => ({
  authorization: undefined,
  user: undefined,
  generation: 0,
  session: undefined,
  pass: undefined,
});

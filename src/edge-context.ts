import type { Decide } from "./exchange.ts";
import type { ConnectionContext } from "./listener/connection-context.ts";
import type { Upstreams } from "./proxy/upstreams.ts";

/** What all listeners have in common, and what is HTTPS's alone. */
export interface ContextOptions extends Omit<ConnectionContext, "decide" | "grammar" | "upstreams" | "transfer"> {
  readonly upstreams: Upstreams;
  /** The Strict-Transport-Security line for a host, or empty: said over TLS only (RFC 6797 §7.2). */
  readonly hsts: (host: string) => string;
}

/** What the connections of one listener have in common. Time-outs and bounds are looked at when they matter: a reload changes them. */
export function contextFor(scheme: "http" | "https", decide: Decide, options: ContextOptions): ConnectionContext {
  const { upstreams, hsts, ...common } = options;
  const { limits, timeouts } = common;
  return {
    ...common,
    decide,
    grammar: {
      scheme,
      get fields() {
        return limits.headFields;
      },
    },
    upstreams: scheme === "https" ? upstreams : undefined,
    transfer: {
      get headSize() {
        return limits.headSize;
      },
      get headFields() {
        return limits.headFields;
      },
      get hold() {
        return timeouts.hold;
      },
      hsts: scheme === "https" ? hsts : () => "",
    },
  };
}

import type { NetConnectOpts } from "node:net";

import type { UpstreamTarget } from "../config/edge-config.ts";
import { isPrivateTarget } from "../config/upstream-target.ts";
import { lookup, lookupPrivate } from "./lookup.ts";

/** An upstream as net.connect wants it. */
export function endpointOf(target: UpstreamTarget): NetConnectOpts {
  if (target.kind === "unix") return { path: target.path };
  return { host: target.host, port: target.port, lookup: isPrivateTarget(target) ? lookupPrivate : lookup };
}

import type { NetConnectOpts } from "node:net";

import type { UpstreamTarget } from "../config/edge-config.ts";
import { lookup } from "./lookup.ts";

/** An upstream as net.connect wants it. */
export function endpointOf(target: UpstreamTarget): NetConnectOpts {
  return target.kind === "tcp" ? { host: target.host, port: target.port, lookup } : { path: target.path };
}

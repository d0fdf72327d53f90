import { statSync } from "node:fs";
import { isAbsolute, join } from "node:path";

import type { Problem } from "../errors.ts";
import { accountName } from "../system/account.ts";
import { listenersOn } from "../system/listening-sockets.ts";

/** Whether the Gateway runs as the edge's own user. `unknown`: nobody listens there at the moment, or not on this machine. */
export type GatewayUser = "same" | "other" | "probably-same" | "unknown";

export interface GatewayUserQuestion {
  readonly target:
    | { readonly kind: "tcp"; readonly host: string; readonly port: number }
    | { readonly kind: "unix"; readonly path: string };
  /** The edge's own; undefined where the system has none. */
  readonly uid: number | undefined;
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** For tests. Default `/proc`. */
  readonly proc?: string;
}

/** Looks at who listens where the Gateway should, and where nobody does, at whose home has a Gateway's configuration. */
export function gatewayUser({ target, uid, home, environment, proc }: GatewayUserQuestion): GatewayUser {
  if (uid === undefined) return "unknown";
  if (target.kind === "unix") {
    const owner = ownerOf(target.path);
    if (owner !== undefined) return owner === uid ? "same" : "other";
  } else {
    // On another machine, or in another container, its user is not one of ours.
    if (!/^127\.|^::1$/.test(target.host)) return "unknown";
    const listener = listenersOn(target.port, proc).find(({ address }) => [target.host, "0.0.0.0", "::"].includes(address));
    if (listener !== undefined) return listener.uid === uid ? "same" : "other";
  }
  const named = environment["OPENCLAW_STATE_DIR"];
  const directory = named !== undefined && isAbsolute(named) ? named : join(home, ".openclaw");
  return ownerOf(join(directory, "openclaw.json")) === uid ? "probably-same" : "unknown";
}

/** What the operator should hear of it. */
export function sharedUserNotice(found: GatewayUser, uid: number | undefined): Problem | undefined {
  if (uid === undefined || (found !== "same" && found !== "probably-same")) return undefined;
  const runs = found === "same" ? "runs" : "probably runs";
  return {
    where: `user ${accountName(uid)}`,
    what: `The Gateway ${runs} as the same user as the edge: an agent that is talked into it could read the edge's keys and make passes for itself.`,
    mend: "Give the edge a user of its own: openclaw-edge service install does, or start it as root with --run-as USER.",
  };
}

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch {
    return undefined;
  }
}

import { isAbsolute, join } from "node:path";

import type { Surroundings } from "./surroundings.ts";

/** Where the edge keeps what it makes (the local CA, ticket keys): the system's place for root, the user's own for anybody else. */
export function stateDirectory({ uid, home, environment }: Surroundings): string {
  if (uid === 0) return "/var/lib/openclaw-edge";
  const xdg = environment["XDG_STATE_HOME"];
  // The XDG specification: a relative path in it is invalid and has to be ignored.
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, ".local", "state"), "openclaw-edge");
}

/** The users file where none is named. */
export const usersPath = (state: string): string => join(state, "users");

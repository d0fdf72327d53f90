import { readFileSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";

import type { Surroundings } from "./surroundings.ts";

/** A state directory, and why it is that one. */
export interface StateLocation {
  readonly path: string;
  /** In a few words, behind "from": `the installed service`. */
  readonly from: string;
}

const SYSTEM = "/var/lib/openclaw-edge";
const UNIT = "openclaw-edge.service";

/**
 * The state directory where none is named: the one that systemd gave this process, the installed service's, the system's where it is
 * ours to use, and otherwise one in the user's home.
 */
export function stateLocation(surroundings: Surroundings): StateLocation {
  const { uid, environment, root = "/" } = surroundings;
  // systemd's StateDirectory= (systemd.exec(5)): one or more paths with colons between them.
  const given = environment["STATE_DIRECTORY"]?.split(":", 1)[0];
  if (given !== undefined && isAbsolute(given)) return { path: given, from: "systemd's STATE_DIRECTORY" };
  const installed = ofInstalledService(surroundings);
  if (installed !== undefined) return { path: installed, from: "the installed service" };
  if (uid === 0 || (uid !== undefined && ownerOf(join(root, SYSTEM)) === uid)) return { path: SYSTEM, from: "this machine's usual place" };
  return { path: join(ownState(surroundings), "openclaw-edge"), from: "this user's home" };
}

export const stateDirectory = (surroundings: Surroundings): string => stateLocation(surroundings).path;

/** What the unit of a service says: the user's own before the system's. */
function ofInstalledService(surroundings: Surroundings): string | undefined {
  const { uid, home, environment, root = "/" } = surroundings;
  const config = absolute(environment["XDG_CONFIG_HOME"]) ?? join(home, ".config");
  const own = uid === 0 ? undefined : unitState(join(config, "systemd", "user", UNIT), ownState(surroundings), home);
  return own ?? unitState(join(root, "etc", "systemd", "system", UNIT), "/var/lib", "/root");
}

/** @param parent where the unit's StateDirectory= lies, and what %S means in it (systemd.unit(5)) */
function unitState(path: string, parent: string, home: string): string | undefined {
  let unit: string;
  try {
    unit = readFileSync(path, "utf8").slice(0, 65_536);
  } catch {
    return undefined;
  }
  const text = unit.replaceAll(/\\\n/g, " ").replaceAll(/^[ \t]*[#;].*$/gm, "");
  const flag = /^ExecStart=.*\s--state[= ]("[^"]*"|'[^']*'|\S+)/m.exec(text)?.[1];
  const variable = /^Environment=(?:.*\s)?["']?OPENCLAW_EDGE_STATE=("[^"]*"|[^\s"']+)/m.exec(text)?.[1];
  const named = (flag ?? variable)
    ?.replaceAll(/^["']|["']$/g, "")
    .replaceAll("%S", parent)
    .replaceAll("%h", home);
  if (named !== undefined && isAbsolute(named)) return named;
  const relative = /^StateDirectory=([\w.@/-]+)/m.exec(text)?.[1];
  return relative === undefined ? undefined : join(parent, relative);
}

function ownState({ home, environment }: Surroundings): string {
  return absolute(environment["XDG_STATE_HOME"]) ?? join(home, ".local", "state");
}

/** The XDG specification: a relative path in its variables is invalid and has to be ignored. */
const absolute = (path: string | undefined): string | undefined => (path !== undefined && isAbsolute(path) ? path : undefined);

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch {
    return undefined;
  }
}

/** The users file where none is named. */
export const usersPath = (state: string): string => join(state, "users");

import { join } from "node:path";

/** Where everything of an installed service lives. */
export interface Layout {
  readonly kind: "system" | "user";
  /** The package, and Node where the one that runs now is out of the service's reach. */
  readonly prefix: string;
  /** What people type. */
  readonly command: string;
  readonly units: string;
  /** The file that declares the system user; a user's own service needs none. */
  readonly sysusers: string | undefined;
  readonly configuration: string;
  readonly state: string;
}

/** The service's own account. */
export const SERVICE_USER = "openclaw-edge";
export const SERVICE = "openclaw-edge.service";

export function systemLayout(): Layout {
  return {
    kind: "system",
    prefix: "/opt/openclaw-edge",
    command: "/usr/local/bin/openclaw-edge",
    units: "/etc/systemd/system",
    sysusers: "/etc/sysusers.d/openclaw-edge.conf",
    configuration: "/etc/openclaw-edge/config.json5",
    state: "/var/lib/openclaw-edge",
  };
}

/** In the places of the XDG specification and systemd.unit(5), which a user owns. */
export function userLayout(home: string): Layout {
  return {
    kind: "user",
    prefix: join(home, ".local/lib/openclaw-edge"),
    command: join(home, ".local/bin/openclaw-edge"),
    units: join(home, ".config/systemd/user"),
    sysusers: undefined,
    configuration: join(home, ".config/openclaw-edge/config.json5"),
    state: join(home, ".local/state/openclaw-edge"),
  };
}

/** The program of an installed package, whichever version is the current one. */
export const programOf = ({ prefix }: Layout): string => join(prefix, "current/node_modules/openclaw-edge/dist/cli/bin.js");

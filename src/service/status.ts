import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { SERVICE, type Layout } from "./layout.ts";
import { socketName } from "./units.ts";

export interface ServiceStatus {
  /** The installed version; undefined: it is not installed. */
  readonly version: string | undefined;
  /** `active`, `failed`, … of each unit that is there, as systemd says; `unknown` where systemd does not run. */
  readonly units: readonly { readonly name: string; readonly active: string; readonly enabled: string }[];
}

export function serviceStatus(layout: Layout, root: string | undefined): ServiceStatus {
  const at = (path: string): string => (root === undefined ? path : join(root, path));
  const names = [SERVICE, socketName("https"), socketName("http")].filter((name) => existsSync(at(join(layout.units, name))));
  const ask = (verb: string, name: string): string => {
    const scope = [...(root === undefined ? [] : [`--root=${root}`]), ...(layout.kind === "user" ? ["--user"] : [])];
    return (
      spawnSync("systemctl", [...scope, verb, name], { encoding: "utf8" })
        .stdout?.trim()
        .split("\n", 1)[0] || "unknown"
    );
  };
  return {
    version: versionIn(at(join(layout.prefix, "current/node_modules/openclaw-edge/package.json"))),
    units: names.map((name) => ({
      name,
      active: root === undefined ? ask("is-active", name) : "not asked",
      enabled: ask("is-enabled", name),
    })),
  };
}

function versionIn(manifest: string): string | undefined {
  if (!existsSync(manifest)) return undefined;
  return (JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string }).version;
}

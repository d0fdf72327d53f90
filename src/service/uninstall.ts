import { existsSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

import { run } from "./install.ts";
import { SERVICE, SERVICE_USER, type Layout } from "./layout.ts";
import type { Plan } from "./plan.ts";
import { socketName } from "./units.ts";

/** What an uninstallation does, before any of it is done. */
export interface Removal {
  readonly layout: Layout;
  /** What is there and goes. */
  readonly paths: readonly string[];
  /** What is there and stays: the operator's own. */
  readonly kept: readonly string[];
  /** Before the files go, and after. */
  readonly before: Plan["commands"];
  readonly after: Plan["commands"];
}

/** @param purge whether the configuration and the state (users, keys, certificates) go too */
export function planRemoval(layout: Layout, { purge, root }: { readonly purge: boolean; readonly root: string | undefined }): Removal {
  const isThere = (path: string): boolean => existsSync(root === undefined ? path : join(root, path));
  const sockets = [socketName("https"), socketName("http")].filter((name) => isThere(join(layout.units, name)));
  const installed = [
    ...[SERVICE, ...sockets].map((name) => join(layout.units, name)),
    layout.command,
    layout.prefix,
    ...(layout.sysusers === undefined ? [] : [layout.sysusers]),
  ];
  const own = [layout.configuration, layout.state];
  const systemctl = (...args: readonly string[]): [string, ...string[]] => [
    "systemctl",
    ...(layout.kind === "user" ? ["--user"] : []),
    ...args,
  ];
  const isInstalled = isThere(join(layout.units, SERVICE));
  const account: Plan["commands"] = layout.kind === "system" && purge ? [["userdel", SERVICE_USER]] : [];
  return {
    layout,
    paths: [...installed, ...(purge ? own : [])].filter(isThere),
    kept: purge ? [] : own.filter(isThere),
    before:
      !isInstalled || (root !== undefined && layout.kind === "user")
        ? []
        : [
            root === undefined
              ? systemctl("disable", "--now", SERVICE, ...sockets)
              : systemctl(`--root=${root}`, "disable", SERVICE, ...sockets),
          ],
    after: root === undefined && isInstalled ? [systemctl("daemon-reload"), ...account] : [],
  };
}

export function uninstall({ layout, paths, before, after }: Removal, root: string | undefined): void {
  const placed = (path: string): string => (root === undefined ? path : join(root, path));
  run(before);
  for (const path of paths) rmSync(placed(path), { recursive: true, force: true });
  try {
    rmdirSync(placed(dirname(layout.configuration)));
  } catch {
    // The operator's own files are in it, or it is not there.
  }
  run(after);
}

import { homedir } from "node:os";

import type { Surroundings } from "../../config/surroundings.ts";
import { systemLayout, userLayout } from "../../service/layout.ts";
import { planRemoval, uninstall } from "../../service/uninstall.ts";
import { paint } from "../terminal.ts";
import { consentTo, type Consent } from "./consent.ts";
import { needRoot } from "./install.ts";

export interface UninstallRequest {
  readonly ownUser: boolean;
  readonly root: string | undefined;
  readonly purge: boolean;
  readonly consent: Consent;
  readonly surroundings: Surroundings;
}

/** `openclaw-edge service uninstall` */
export async function uninstallService({ ownUser, root, purge, consent, surroundings }: UninstallRequest): Promise<number> {
  const layout = ownUser ? userLayout(homedir()) : systemLayout();
  needRoot(layout, root, surroundings);
  const removal = planRemoval(layout, { purge, root });
  if (removal.paths.length === 0) {
    process.stdout.write("The service is not installed: there is nothing to take away.\n");
    return 0;
  }
  const out = process.stdout;
  const lines = [
    paint(out, "bold", `openclaw-edge service uninstall${root === undefined ? "" : ` (below ${root})`}`),
    "",
    "It runs:",
    ...[...removal.before, ...removal.after].map((command) => `  ${command.join(" ")}`),
    "",
    "It deletes:",
    ...removal.paths.map((path) => `  ${path}`),
    ...(removal.kept.length === 0 ? [] : ["", "It leaves, unless you add --purge:", ...removal.kept.map((path) => `  ${path}`)]),
  ];
  const go = await consentTo(lines, consent);
  if (go !== true) return go;
  uninstall(removal, root);
  process.stdout.write(`\n${paint(out, "green", "Uninstalled.")}\n`);
  return 0;
}

import { homedir } from "node:os";

import { systemLayout, userLayout } from "../../service/layout.ts";
import { serviceStatus } from "../../service/status.ts";

/** `openclaw-edge service status`: 0 when it is installed and active, otherwise 1. */
export function showServiceStatus(ownUser: boolean, root: string | undefined, json: boolean): number {
  const { version, units } = serviceStatus(ownUser ? userLayout(homedir()) : systemLayout(), root);
  if (json) process.stdout.write(`${JSON.stringify({ version: version ?? null, units })}\n`);
  else if (version === undefined) process.stdout.write("The service is not installed. Install it: openclaw-edge service install --help\n");
  else {
    const width = Math.max(...units.map(({ name }) => name.length));
    const lines = units.map(({ name, active, enabled }) => `  ${name.padEnd(width)}  ${active}, ${enabled}`);
    process.stdout.write(`openclaw-edge ${version} is installed.\n${lines.join("\n")}\n`);
  }
  return version !== undefined && units.every(({ active }) => active === "active" || active === "not asked") ? 0 : 1;
}

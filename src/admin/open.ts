import { readlinkSync } from "node:fs";
import { hostname } from "node:os";

import { ConfigurationError, type Problem } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { ensureDirectory } from "../state/atomic-file.ts";
import { removeLeftovers } from "../state/tidy.ts";
import { openState } from "../state/version.ts";
import { claimState } from "./claim.ts";
import { askSocket } from "./client.ts";
import { HOLDER, type Holder } from "./contract.ts";
import { AdminServer, type AdminVerbs } from "./server.ts";

/** The admin API of this process, and its claim to the state directory. */
export interface Admin extends AdminVerbs {
  /** Who this process is, to anybody who asks. */
  readonly holder: Holder;
  close(): Promise<void>;
}

/** Milliseconds for the process that holds the directory to say who it is. */
const INTRODUCTION = 2_000;

/**
 * Takes the state directory for this process, and brings what an older version left in it up to date.
 * @throws ConfigurationError where another edge has it, and who that is; where it can't be used, or is of a newer version
 */
export async function openAdmin(state: string, version: string, log: Log): Promise<Admin> {
  await ensureDirectory(state);
  const server = new AdminServer(log);
  const holder = self(version);
  server.serve(HOLDER, () => holder);
  const claim = await claimState(state, (socket) => server.connected(socket));
  switch (claim.kind) {
    case "held": {
      const asked = await askSocket(claim.socket, HOLDER, {}, INTRODUCTION);
      throw new ConfigurationError([inUse(state, asked.kind === "answered" ? asked.answer : undefined, holder)]);
    }
    case "unsupported":
      log.warn(
        "The state directory's file system has no sockets: status, reload, stop and sessions don't work, and nobody can tell whether a second edge uses it. Keep it on a disk of this machine.",
        { state, cause: claim.cause },
      );
      break;
    case "claimed":
      break;
    default:
      claim satisfies never;
  }
  const close = async (): Promise<void> => {
    if (claim.kind === "claimed") await claim.release();
    server.close();
  };
  try {
    const { backup } = await openState(state, { migrate: true });
    await removeLeftovers(state);
    if (backup !== undefined)
      log.info("The state directory was brought up to this version; its files of before are kept.", { state, backup });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    holder,
    serve: (verb, handle) => server.serve(verb, handle),
    close,
  };
}

function self(version: string): Holder {
  const since = new Date(Date.now() - process.uptime() * 1_000).toISOString();
  return { pid: process.pid, pidNamespace: pidNamespace(), hostname: hostname(), version, since };
}

function pidNamespace(): string | undefined {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return undefined;
  }
}

function inUse(state: string, by: Holder | undefined, self: Holder): Problem {
  const where = `--state ${state}`;
  const mend = "Stop that one first, or give this one a directory of its own with --state.";
  if (by === undefined) {
    return { where, what: "Another process uses it, and does not say who it is.", mend: `${mend} Who it is:\n  ss -xlp | grep ${state}` };
  }
  const place = by.pidNamespace === self.pidNamespace ? "" : ` in another container (host name ${by.hostname})`;
  return { where, what: `Another edge uses it: process ${by.pid}${place}, version ${by.version}, since ${by.since}.`, mend };
}

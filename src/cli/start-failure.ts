import { readFileSync } from "node:fs";

import type { Problem } from "../errors.ts";
import { accountName } from "../system/account.ts";
import { listenersOn } from "../system/listening-sockets.ts";
import { holderOf } from "../system/socket-holder.ts";
import { fileFailure } from "./file-failure.ts";

/** A failure of the system at start that has a plain mend; undefined: it is none of those. */
export function startFailure(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  const { code } = error;
  // A unix socket's is -1.
  const port = "port" in error && typeof error.port === "number" && error.port >= 0 ? error.port : undefined;
  const address = "address" in error && typeof error.address === "string" ? error.address : undefined;
  if (code === "EADDRINUSE" && port !== undefined) return portTaken(port, address);
  if (code === "EACCES" && port !== undefined) return portForbidden(port);
  if (code === "EADDRNOTAVAIL") {
    return {
      where: `--host ${address ?? ""}`.trim(),
      what: "This machine does not have that address.",
      mend: "Choose one of those that this lists:\n  ip -brief address",
    };
  }
  return fileFailure(error);
}

/** Names whoever has the port, where the system tells. */
function portTaken(port: number, address: string | undefined): Problem {
  const where = `port ${port}`;
  const flag = port === 80 ? "--http-port (off for none)" : "--https-port";
  const listeners = listenersOn(port);
  const listener = listeners.find((socket) => socket.address === address) ?? listeners[0];
  if (listener === undefined) {
    return {
      where,
      what: "Another program listens there already.",
      mend: `Stop it, or take another port with ${flag}. Who it is:\n  ss -ltnp 'sport = :${port}'`,
    };
  }
  const holder = holderOf(listener.inode);
  if (holder === undefined) {
    return {
      where,
      what: `A program of user ${accountName(listener.uid)} listens there already.`,
      mend: `Stop it, or take another port with ${flag}. Which it is, root is told:\n  sudo ss -ltnp 'sport = :${port}'`,
    };
  }
  const { pid, name, unit } = holder;
  // Any other process of Node has "node" for a name, or "MainThread": the service says more.
  const called = unit === undefined ? name : `${name} (${unit})`;
  const stop = unit === undefined || unit.startsWith("user@") ? `kill ${pid}` : `sudo systemctl disable --now ${unit}`;
  return {
    where,
    what: `${called} listens there already, process ${pid}.`,
    mend: `Take another port with ${flag}, or stop that program:\n  ${stop}`,
  };
}

function portForbidden(port: number): Problem {
  return {
    where: `port ${port}`,
    what: `Ports below ${firstFreePort()} need a privilege that this process does not have.`,
    mend: [
      "Run it as a service, which has that privilege and no other (openclaw-edge service install), or let every program take such ports:",
      "  sudo sysctl -w net.ipv4.ip_unprivileged_port_start=80",
      "or give it to Node alone, for every script that it runs:",
      '  sudo setcap cap_net_bind_service=+ep "$(readlink -f "$(command -v node)")"',
      "or take other ports: --https-port 8443 --http-port off.",
    ].join("\n"),
  };
}

/** ip_unprivileged_port_start of ip-sysctl. */
function firstFreePort(): number {
  try {
    return Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8"));
  } catch {
    return 1_024;
  }
}

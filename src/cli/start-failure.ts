import type { Problem } from "../errors.ts";

/** A failure of the system at start that has a plain mend; undefined: it is none of those. */
export function startFailure(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  const { code } = error;
  const port = "port" in error && typeof error.port === "number" ? error.port : undefined;
  const address = "address" in error && typeof error.address === "string" ? error.address : undefined;
  const flag = port === 80 ? "--http-port" : "--https-port";
  if (code === "EADDRINUSE") {
    return {
      where: `port ${port ?? "?"}`,
      what: "Another program listens there already.",
      mend: `Stop it, or take another port with ${flag}${port === 80 ? " (off for none)" : ""}. Who it is:\n  ss -ltnp 'sport = :${port ?? 443}'`,
    };
  }
  if (code === "EACCES" && port !== undefined) {
    return {
      where: `port ${port}`,
      what: "Ports below 1024 need a privilege that this process does not have.",
      mend: 'Take higher ports (--https-port 8443 --http-port off), or give Node the privilege once:\n  sudo setcap cap_net_bind_service=+ep "$(readlink -f "$(command -v node)")"',
    };
  }
  if (code === "EADDRNOTAVAIL") {
    return {
      where: `--host ${address ?? ""}`.trim(),
      what: "This machine does not have that address.",
      mend: "Choose one of those that this lists:\n  ip -brief address",
    };
  }
  if ((code === "EACCES" || code === "EPERM" || code === "EROFS") && "path" in error && typeof error.path === "string") {
    return {
      where: error.path,
      what: "This process may not use it.",
      mend: "Change its owner or mode, or name another place with --state DIR.",
    };
  }
  return undefined;
}

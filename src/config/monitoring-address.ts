import { isPrivateName } from "./private-names.ts";
import { canonicalAddress } from "./names.ts";
import { isMistake, mistake, shown, type Read } from "./read.ts";
import { port as readPort } from "./quantities.ts";

/** Where monitoring listens. */
export interface MonitoringAddress {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** `127.0.0.1:9464`, `[::1]:9464`, or `9464` for loopback. Public addresses are refused: there is no sign-in there. */
export function readMonitoringAddress(text: string): Read<MonitoringAddress> {
  const parts = /^(?:(\[[^\]]*\]|[^:]*):)?(\d+)$/.exec(text);
  const address = canonicalAddress(parts?.[1] ?? "127.0.0.1");
  if (parts === null || address === undefined) {
    return mistake(`${shown(text)} is no address with a port.`, "Write --metrics 127.0.0.1:9464.");
  }
  const port = readPort(parts[2] ?? "");
  if (isMistake(port)) return port;
  const isEverywhere = address === "0.0.0.0" || address === "::";
  if (isEverywhere || !isPrivateName({ kind: "ip", value: address })) {
    return mistake(
      isEverywhere ? `${shown(address)} is every address of this machine, public ones too.` : `${shown(address)} is a public address.`,
      `Everybody could read the figures there, without a password. Write --metrics 127.0.0.1:${port.value}, or a private address.`,
    );
  }
  return { value: { host: address, port: port.value } };
}

/**
 * Addresses from which everybody may come. Docker's userland proxy, and the proxies of rootless Docker and Podman, accept a client's
 * connection themselves and open another into the container: whoever listens there sees the container's own network, and nobody's address.
 */
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";

import type { Log } from "../../log/log.ts";

export type IsShared = (address: string) => boolean;

/** What the kernel and the container's runtime tell; a test tells something else. */
export interface NetworkSurroundings {
  /** The content of a file, undefined where it can't be read. */
  readonly read: (path: string) => string | undefined;
  /** This machine's (or container's) own addresses, loopback left out: whoever comes from there is in the container himself. */
  readonly own: () => readonly string[];
}

/** slirp4netns: its gateway, and the address that it gives to the container (slirp4netns(1)). */
const SLIRP = ["10.0.2.2", "10.0.2.100"];

const SYSTEM: NetworkSurroundings = {
  read: (path) => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
  },
  own: () =>
    Object.values(networkInterfaces()).flatMap((all = []) => all.filter(({ internal }) => !internal).map(({ address }) => address)),
};

/** Looks once, at start: a container keeps its network. Outside of a container no address is shared. */
export function findSharedAddresses({ read, own }: NetworkSurroundings = SYSTEM): IsShared {
  if (!isContainer(read)) return () => false;
  const shared = new Set([...SLIRP, ...own(), ...gateways4(read("/proc/net/route")), ...gateways6(read("/proc/net/ipv6_route"))]);
  return (address) => shared.has(address);
}

/** Tells the operator, at the first sign-in from such an address and never again. */
export function sharedAddressSpeaker(log: Log | undefined): (address: string) => void {
  let said = false;
  return (address) => {
    if (said) return;
    said = true;
    log?.warn(
      "Clients come from this container's own network: a userland or rootless proxy (Docker's, Podman's) hides their addresses. So failed " +
        "sign-ins are counted by user name and known device alone, and one client may take everybody's connections. Let the container " +
        "use the host's network, switch off Docker's \"userland-proxy\", or put a proxy in front that says who the clients are.",
      { address },
    );
  };
}

function isContainer(read: NetworkSurroundings["read"]): boolean {
  // Docker's mark, Podman's mark, and what systemd's container interface asks every runtime to set.
  return (
    read("/.dockerenv") !== undefined ||
    read("/run/.containerenv") !== undefined ||
    /(?:^|\0)container=[^\0]/.test(read("/proc/1/environ") ?? "")
  );
}

/** Default routes: the destination is 0, and the gateway is in the byte order of the machine, which is little-endian wherever Node runs. */
function gateways4(table = ""): readonly string[] {
  return table.split("\n").flatMap((line) => {
    const [, destination, gateway = ""] = line.split(/\s+/);
    if (destination !== "00000000" || !/^[0-9A-F]{8}$/i.test(gateway) || gateway === "00000000") return [];
    return [Buffer.from(gateway, "hex").toReversed().join(".")];
  });
}

function gateways6(table = ""): readonly string[] {
  return table.split("\n").flatMap((line) => {
    const [destination = "", length, , , gateway = ""] = line.split(/\s+/);
    if (!/^0{32}$/.test(destination) || length !== "00" || !/^[0-9a-f]{32}$/i.test(gateway) || /^0+$/.test(gateway)) return [];
    // Written as the runtime writes addresses.
    return [new URL(`http://[${gateway.match(/.{4}/g)?.join(":") ?? ""}]`).hostname.slice(1, -1)];
  });
}

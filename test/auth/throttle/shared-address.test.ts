import { describe, expect, it } from "vitest";

import { findSharedAddresses, sharedAddressSpeaker } from "../../../src/auth/throttle/shared-address.ts";
import { recordingLog } from "../../support/recording-log.ts";

/** As a container of Docker's default bridge has them. */
const ROUTES = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
`;
const ROUTES_6 = `fd000000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fd000000000000000000000000000001 00000400 00000001 00000000 00000003     eth0
`;

const inside = (files: Readonly<Record<string, string>>) =>
  findSharedAddresses({ read: (path) => files[path], own: () => ["172.17.0.5", "10.0.2.100"] });

describe("an address that everybody shares", () => {
  it.each(["/.dockerenv", "/run/.containerenv"])("is a container's gateway, and its own addresses (%s)", (mark) => {
    const isShared = inside({ [mark]: "", "/proc/net/route": ROUTES, "/proc/net/ipv6_route": ROUTES_6 });
    for (const address of ["172.17.0.1", "fd00::1", "172.17.0.5", "10.0.2.2", "10.0.2.100"])
      expect([address, isShared(address)]).toEqual([address, true]);
    for (const address of ["192.0.2.1", "127.0.0.1", "172.17.0.2", "fd00::2", "0.0.0.0", "::"])
      expect([address, isShared(address)]).toEqual([address, false]);
  });

  it("is one that a container's runtime told by its environment", () => {
    expect(inside({ "/proc/1/environ": "PATH=/bin\0container=podman\0", "/proc/net/route": ROUTES })("172.17.0.1")).toBe(true);
  });

  it("does not exist outside of containers: a gateway is a client like any other there", () => {
    const isShared = inside({ "/proc/net/route": ROUTES, "/proc/1/environ": "notacontainer=1\0" });
    for (const address of ["172.17.0.1", "127.0.0.1", "10.0.2.2"]) expect(isShared(address)).toBe(false);
  });

  it("is told to the operator once, with what to do", () => {
    const log = recordingLog();
    const say = sharedAddressSpeaker(log);
    say("172.17.0.1");
    say("172.17.0.1");
    expect(log.entries).toHaveLength(1);
    expect(log.entries[0]).toMatchObject({ level: "warn", details: { address: "172.17.0.1" } });
  });
});

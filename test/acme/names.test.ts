import { mkdir, readdir, writeFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { directoryId } from "../../src/certificates/schedule/ledger-book.ts";
import type { ServedName } from "../../src/config/served-name.ts";
import { acmeSettings, NAME, serverOf, shown } from "../support/acme-edge.ts";
import { startFaultCa } from "../support/fault-ca.ts";
import { hasPebble, startPebble } from "../support/pebble.ts";
import { edgeConfig, startEdgeProcess, until } from "./support/edge-process.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === "::1"));
const name = (value: string): ServedName => ({ kind: "name", value });

describe.skipIf(!hasPebble)("names", () => {
  it("one of three failing: the other two are served", async () => {
    const pebble = await startPebble({ names: {} });
    const { host } = pebble;
    for (const reachable of ["a.example.com", "c.example.com"]) pebble.names.set(reachable, [host]);
    const names = [name("a.example.com"), name("b.example.com"), name("c.example.com")] as const;
    const settings = await acmeSettings(pebble, { names });
    const edge = await startEdgeProcess(await edgeConfig({ host, httpPort: pebble.httpPort, httpsPort: pebble.tlsPort, settings }));
    const { https } = await edge.ready;
    await until(edge, { "a.example.com": "valid", "b.example.com": "malformed", "c.example.com": "valid" });
    const root = { ca: await pebble.issuerRoot(), rejectUnauthorized: true };
    expect((await shown(host, https, "a.example.com", root)).subjectaltname).toBe("DNS:a.example.com");
    expect((await shown(host, https, "c.example.com", root)).subjectaltname).toBe("DNS:c.example.com");
    await expect(shown(host, https, "b.example.com", root)).rejects.toThrow(/unrecognized name/);
  });

  it("a bare address first, with a short-lived certificate by itself; a name later: both are served, and the address is not ordered again", async () => {
    const pebble = await startPebble();
    const ca = await startFaultCa(pebble);
    const address: ServedName = { kind: "ip", value: pebble.host };
    const settings = await acmeSettings(pebble, { names: [address], acme: { profile: undefined, servers: [serverOf(ca.directory)] } });
    const place = { host: pebble.host, httpPort: pebble.httpPort, httpsPort: pebble.tlsPort };
    const alone = await startEdgeProcess(await edgeConfig({ ...place, settings }));
    await alone.ready;
    await until(alone, { [pebble.host]: "valid" });
    const root = { ca: await pebble.issuerRoot(), rejectUnauthorized: true };
    const shownAlone = await shown(pebble.host, pebble.tlsPort, "", root);
    expect(shownAlone.subjectaltname).toBe(`IP Address:${pebble.host}`);
    const days = (Date.parse(shownAlone.valid_to) - Date.parse(shownAlone.valid_from)) / 86_400_000;
    expect(days).toBeLessThan(7);
    expect(ca.seen.find(({ kind }) => kind === "newOrder")?.payload).toMatchObject({ profile: "shortlived" });
    await alone.close();

    const both = await startEdgeProcess(await edgeConfig({ ...place, settings: { ...settings, names: [address, NAME] } }));
    await both.ready;
    await until(both, { [pebble.host]: "valid", [NAME.value]: "valid" });
    expect((await shown(pebble.host, pebble.tlsPort, "", root)).serialNumber).toBe(shownAlone.serialNumber);
    expect((await shown(pebble.host, pebble.tlsPort, NAME.value, root)).subjectaltname).toBe(`DNS:${NAME.value}`);
    expect(ca.accepted("newOrder")).toBe(2);
    expect((await readdir(settings.certificates)).toSorted()).toEqual(
      [".locks", "accounts", NAME.value, "challenges", "ledger", pebble.host].toSorted(),
    );
  });

  it.runIf(hasIpv6).each(["http-01", "tls-alpn-01"] as const)(
    "may be an IPv6 address alone (RFC 8738), proved by %s",
    async (challenge) => {
      const pebble = await startPebble();
      const address: ServedName = { kind: "ip", value: "::1" };
      const settings = await acmeSettings(pebble, { names: [address], acme: { profile: undefined, challenges: [challenge] } });
      const edge = await startEdgeProcess(
        await edgeConfig({ host: "::1", httpPort: pebble.httpPort, httpsPort: pebble.tlsPort, settings }),
      );
      const { https } = await edge.ready;
      await until(edge, { "::1": "valid" });
      const root = { ca: await pebble.issuerRoot(), rejectUnauthorized: true };
      expect((await shown("::1", https, "", root)).subjectaltname).toBe("IP Address:0:0:0:0:0:0:0:1");
      await edge.close();
    },
  );

  it("of which all find the account's file damaged make one account in its place, and not one each", async () => {
    const pebble = await startPebble({ rejectedNonces: 0 });
    const ca = await startFaultCa(pebble);
    const names = [name("a.example.com"), name("b.example.com"), name("c.example.com")] as const;
    const settings = await acmeSettings(pebble, { names, acme: { servers: [serverOf(ca.directory)] } });
    const folder = join(settings.certificates, "accounts", directoryId(ca.directory.url));
    for (const made of [settings.certificates, join(folder, ".."), folder]) await mkdir(made, { recursive: true, mode: 0o700 });
    await writeFile(join(folder, "account.json"), '{"version":1,"directory"', { mode: 0o600 });
    const edge = await startEdgeProcess(
      await edgeConfig({ host: pebble.host, httpPort: pebble.httpPort, httpsPort: pebble.tlsPort, settings }),
    );
    await edge.ready;
    await until(edge, { "a.example.com": "valid", "b.example.com": "valid", "c.example.com": "valid" });
    expect(ca.accepted("newAccount")).toBe(1);
    expect(edge.log.filter(({ message }) => String(message).includes("ACME client was damaged"))).toHaveLength(1);
  });

  it("private ones beside public ones get theirs from the local CA at once", async () => {
    const pebble = await startPebble();
    const settings = await acmeSettings(pebble);
    const config = await edgeConfig({
      host: pebble.host,
      httpPort: pebble.httpPort,
      httpsPort: pebble.tlsPort,
      settings,
      domains: [NAME, name("gateway.lan")],
    });
    const edge = await startEdgeProcess(config);
    const { https } = await edge.ready;
    expect((await shown(pebble.host, https, "gateway.lan")).issuer.O).toBe("openclaw-edge");
    await until(edge, { [NAME.value]: "valid", "gateway.lan": "valid" });
    expect((await shown(pebble.host, https, NAME.value, { ca: await pebble.issuerRoot(), rejectUnauthorized: true })).issuer.CN).toMatch(
      /Pebble/,
    );
  });
});

import { describe, expect, it } from "vitest";

import { acmeSettings, serverOf } from "../support/acme-edge.ts";
import { eventually } from "../support/eventually.ts";
import { startFaultCa, type Answer } from "../support/fault-ca.ts";
import { hasPebble, startPebble, type RunningPebble } from "../support/pebble.ts";
import { edgeConfig, startEdgeProcess, until, type EdgeProcess } from "./support/edge-process.ts";
import { sendVisitors, stay, type Visits } from "./support/visitors.ts";

const GENERATIONS = 20;
/**
 * Seconds that a certificate may live: its renewal begins a second after the one before. One that fails in passing is tried again after a
 * minute, and must still be in time, as the next one must be on a machine that has become many times slower since it was measured.
 */
const LIVES = [100, 120, 160, 240, 400] as const;
const lifeFor = (issuance: number): number => LIVES.find((life) => life >= 80 + 12 * issuance) ?? 400;

/** A window half a second to a second from now: Pebble's own, of so short a life, has no length. */
function soon(answer: Answer): Answer {
  const at = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toISOString();
  return { ...answer, status: 200, body: JSON.stringify({ suggestedWindow: { start: at(0.5), end: at(1) } }) };
}

describe.skipIf(!hasPebble)("certificates that live for a minute or two", () => {
  it(
    `are renewed for ${GENERATIONS} generations under constant traffic: no failed handshake, no wrong certificate`,
    { timeout: 600_000 },
    async () => {
      const profiles = Object.fromEntries(LIVES.map((life) => [String(life), life]));
      const pebble = await startPebble({ profiles: { ...profiles, default: 86_400 } });
      const start = async (directory: RunningPebble["directory"], profile: string): Promise<EdgeProcess> => {
        // With the bounds of a staging: twenty generations are a loop at any other CA, and orders that don't name a renewal count there.
        const settings = await acmeSettings(pebble, { acme: { servers: [serverOf(directory, { name: "letsencrypt-staging" })], profile } });
        return startEdgeProcess(await edgeConfig({ host: pebble.host, httpPort: pebble.httpPort, httpsPort: pebble.tlsPort, settings }));
      };
      const ca = await startFaultCa(pebble, [{ kind: "renewalInfo", after: soon }]);
      const issuer = await pebble.issuerRoot();
      const visitorsOf = (port: number): readonly Visits[] =>
        (["TLSv1.2", "TLSv1.3"] as const).map((version) =>
          sendVisitors({
            ...{ host: pebble.host, port, servername: "ai.example.com", ca: issuer, visitors: 1, pause: 20 },
            options: { minVersion: version, maxVersion: version },
          }),
        );

      const trial = await start(pebble.directory, "default");
      await until(trial, { "ai.example.com": "valid" });
      const others = visitorsOf((await trial.ready).https);
      const began = performance.now();
      expect(await trial.ask({ renew: "ai.example.com" })).toMatchObject({ kind: "renewed" });
      const life = lifeFor((performance.now() - began) / 1_000);
      await Promise.all(others.map((visits) => visits.stop()));
      await trial.close();

      const edge = await start(ca.directory, String(life));
      await until(edge, { "ai.example.com": "valid" });
      const all = visitorsOf((await edge.ready).https);
      const staying = stay({ host: pebble.host, port: (await edge.ready).https, servername: "ai.example.com", ca: issuer });
      const seen = (): number => Math.min(...all.map(({ certificates }) => certificates.length));
      const bad = (): readonly string[] => all.flatMap((visits) => visits.bad);
      const told = (): string => JSON.stringify({ life, seen: seen(), bad: bad(), log: edge.log.slice(-20) });
      // Whoever renews in time shows another one within a life.
      for (let before = seen(); before <= GENERATIONS && bad().length === 0; before = seen())
        await eventually(() => seen() > before || bad().length > 0, life * 1_000, told);
      await Promise.all(all.map((visits) => visits.stop()));
      if (bad().length > 0) throw new Error(told());
      // Whoever was connected before the first renewal still is.
      expect(staying.leave()).toBe(true);
      expect(staying.answers()).toBeGreaterThan(1);
      expect(seen()).toBeGreaterThan(GENERATIONS);
      for (const { good } of all) expect(good).toBeGreaterThan(10 * GENERATIONS);
      // One order for each certificate, every one but the first named as a renewal.
      const orders = ca.seen.filter(({ kind, upstream }) => kind === "newOrder" && upstream === 201);
      expect(orders.length).toBeLessThanOrEqual(new Set(all.flatMap(({ certificates }) => certificates)).size + 1);
      // Pebble knows no certificate again whose serial number begins with a zero octet in DER (500; one in 256, and RFC 9773 §4.1 keeps it):
      // the next order does not name it.
      const stumbled = ca.seen.filter(({ kind, upstream }) => kind === "newOrder" && upstream === 500).length;
      const unnamed = orders.slice(1).filter(({ payload }) => (payload as { replaces?: unknown }).replaces === undefined).length;
      expect(unnamed).toBeLessThanOrEqual(stumbled);
      await edge.close();
    },
  );
});

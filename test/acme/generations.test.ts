import { describe, expect, it } from "vitest";

import { acmeSettings, serverOf } from "../support/acme-edge.ts";
import { eventually } from "../support/eventually.ts";
import { startFaultCa, type Answer } from "../support/fault-ca.ts";
import { hasPebble, startPebble } from "../support/pebble.ts";
import { edgeConfig, startEdgeProcess } from "./support/edge-process.ts";
import { sendVisitors } from "./support/visitors.ts";

/** Seconds that a certificate lives. */
const LIFE = 20;
const GENERATIONS = 20;

/** A window one to two seconds from now: Pebble's own, of so short a life, has no length. */
function soon(answer: Answer): Answer {
  const at = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toISOString();
  return { ...answer, status: 200, body: JSON.stringify({ suggestedWindow: { start: at(1), end: at(2) } }) };
}

describe.skipIf(!hasPebble)("certificates that live for seconds", () => {
  it(`are renewed for ${GENERATIONS} generations under constant traffic: no failed handshake, no wrong certificate`, async () => {
    const pebble = await startPebble({ profiles: { default: LIFE } });
    const ca = await startFaultCa(pebble, [{ kind: "renewalInfo", after: soon }]);
    const settings = await acmeSettings(pebble, { acme: { servers: [serverOf(ca.directory)] } });
    const config = await edgeConfig({ host: pebble.host, httpPort: pebble.httpPort, httpsPort: pebble.tlsPort, settings });
    const edge = await startEdgeProcess(config);
    const { https } = await edge.ready;
    const has = async (): Promise<boolean> => (await edge.ask("status"))[0]?.state === "valid";
    while (!(await has())) await new Promise((resolve) => setTimeout(resolve, 50));

    const to = { host: pebble.host, port: https, servername: "ai.example.com", ca: await pebble.issuerRoot(), visitors: 1, pause: 20 };
    const [old, modern] = (["TLSv1.2", "TLSv1.3"] as const).map((version) =>
      sendVisitors({ ...to, options: { minVersion: version, maxVersion: version } }),
    );
    const seen = (): number => Math.min(old!.certificates.length, modern!.certificates.length);
    await eventually(
      () => seen() > GENERATIONS || old!.bad.length + modern!.bad.length > 0,
      220_000,
      () => JSON.stringify({ seen: seen(), log: edge.log.slice(-10) }),
    );
    await Promise.all([old!.stop(), modern!.stop()]);
    expect([old!.bad, modern!.bad]).toEqual([[], []]);
    expect(seen()).toBeGreaterThan(GENERATIONS);
    expect(old!.good).toBeGreaterThan(20 * GENERATIONS);
    expect(modern!.good).toBeGreaterThan(20 * GENERATIONS);
    // One order for each certificate, every one but the first named as a renewal.
    const orders = ca.seen.filter(({ kind, upstream }) => kind === "newOrder" && upstream === 201);
    expect(orders.length).toBeLessThanOrEqual(seen() + 1);
    expect(orders.slice(1).every(({ payload }) => typeof (payload as { replaces?: unknown }).replaces === "string")).toBe(true);
    await edge.close();
  });
});

import { describe, expect, it } from "vitest";

import { acmeSettings, serverOf } from "../support/acme-edge.ts";
import { pause } from "../support/eventually.ts";
import { startFaultCa, type FaultCa, type Kind } from "../support/fault-ca.ts";
import { hasPebble, startPebble, type RunningPebble } from "../support/pebble.ts";
import { edgeConfig, startEdgeProcess, type EdgeProcess } from "./support/edge-process.ts";

const STARTS = 50;
/** Where the CA kills who asks it: another place at each start. The first one gets as far as its order. */
const FATES: readonly Kind[] = ["newOrder", "finalize", "challenge", "authorization", "certificate", "newAccount", "directory"];
/** Milliseconds that a start may take to come to rest, however slow the machine is; after that it is killed wherever it may be. */
const PATIENCE = 60_000;

interface Killer {
  readonly ca: FaultCa;
  /** Lets an edge live until it is killed at its fate, or somewhere before that by chance. */
  let(victim: EdgeProcess, fate: Kind | undefined): void;
  /** Where it killed. */
  readonly killed: ReadonlySet<Kind>;
}

/** A CA that counts, and kills whoever asks it. */
async function startKiller(pebble: RunningPebble): Promise<Killer> {
  let next: { readonly victim: EdgeProcess; readonly fate: Kind | undefined } | undefined;
  const killed = new Set<Kind>();
  const strike = (kind: Kind): void => {
    if (next === undefined || (next.fate === undefined ? Math.random() >= 0.25 : next.fate !== kind)) return;
    next.victim.child.kill("SIGKILL");
    killed.add(kind);
    next = undefined;
  };
  const ca = await startFaultCa(
    pebble,
    FATES.map((kind) => ({ kind, before: () => strike(kind) })),
  );
  return { ca, killed, let: (victim, fate) => (next = { victim, fate }) };
}

/** Until it waits for a later moment. */
async function rest(edge: EdgeProcess): Promise<void> {
  for (;;) {
    const [status] = await edge.ask("status");
    if (status?.working === false && Date.parse(status.next ?? "") > Date.now() + 1_000) return;
    await pause(20);
  }
}

describe.skipIf(!hasPebble)(`a crash loop of ${STARTS} starts`, () => {
  it.each([
    ["that can't be validated, and whose operator forces a renewal at every start", false, true],
    ["that can be validated, and whose operator forces a renewal at every start", true, true],
    ["that can't be validated", false, false],
  ])("of an edge %s never comes near the CA's limits, counted at the CA", { timeout: 480_000 }, async (_, isReachable, force) => {
    const pebble = await startPebble({ rejectedNonces: 0, ...(!isReachable && { names: { "*": ["127.0.0.99"] } }) });
    const killer = await startKiller(pebble);
    const { ca } = killer;
    const settings = await acmeSettings(pebble, { acme: { servers: [serverOf(ca.directory)] } });
    const config = await edgeConfig({ host: pebble.host, httpPort: pebble.httpPort, httpsPort: pebble.tlsPort, settings });
    for (let start = 0; start < STARTS; start++) {
      const edge = await startEdgeProcess(config);
      // Each place in its turn, and then chance.
      killer.let(edge, FATES[start]);
      const done = edge.ready.then(async () => void (await (force ? edge.ask({ renew: "ai.example.com" }) : rest(edge)))).catch(() => {});
      await Promise.race([done, edge.exited, pause(PATIENCE)]);
      edge.child.kill("SIGKILL");
      await edge.exited;
    }
    // Let's Encrypt's own numbers; all 50 starts together take less than any of the windows.
    expect(ca.accepted("newAccount")).toBeLessThanOrEqual(10);
    expect(ca.accepted("newOrder")).toBeLessThanOrEqual(300);
    expect(ca.accepted("finalize")).toBeLessThanOrEqual(5);
    if (!isReachable) expect(ca.accepted("challenge")).toBeLessThanOrEqual(5);
    // And it was no quiet time: the CA was asked, and killed.
    expect(ca.accepted("newOrder")).toBeGreaterThan(0);
    expect([...killer.killed]).toContain("newOrder");
  });
});

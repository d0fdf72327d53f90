import { describe, expect, it } from "vitest";

import { acmeSettings, serverOf } from "../support/acme-edge.ts";
import { startFaultCa, type FaultCa, type Kind } from "../support/fault-ca.ts";
import { hasPebble, startPebble, type RunningPebble } from "../support/pebble.ts";
import { edgeConfig, startEdgeProcess, type EdgeProcess } from "./support/edge-process.ts";

const STARTS = 50;
const KINDS: readonly Kind[] = ["directory", "newAccount", "newOrder", "authorization", "challenge", "finalize", "certificate"];

/** A CA that counts, and kills whoever asks it, at a random point of what he is at. */
async function killer(pebble: RunningPebble): Promise<{ readonly ca: FaultCa; victim: EdgeProcess | undefined }> {
  const murder: { ca: FaultCa; victim: EdgeProcess | undefined } = { ca: undefined as never, victim: undefined };
  const before = (): void => {
    if (Math.random() < 0.25) murder.victim?.child.kill("SIGKILL");
  };
  murder.ca = await startFaultCa(
    pebble,
    KINDS.map((kind) => ({ kind, before })),
  );
  return murder;
}

describe.skipIf(!hasPebble)(`a crash loop of ${STARTS} starts`, () => {
  it.each([
    ["that can't be validated, and whose operator forces a renewal at every start", false, true],
    ["that can be validated, and whose operator forces a renewal at every start", true, true],
    ["that can't be validated", false, false],
  ])("of an edge %s never comes near the CA's limits, counted at the CA", async (_, isReachable, force) => {
    const pebble = await startPebble({ rejectedNonces: 0, ...(!isReachable && { names: { "*": ["127.0.0.99"] } }) });
    const murder = await killer(pebble);
    const { ca } = murder;
    const settings = await acmeSettings(pebble, { acme: { servers: [serverOf(ca.directory)] } });
    const config = await edgeConfig({ host: pebble.host, httpPort: pebble.httpPort, httpsPort: pebble.tlsPort, settings });
    for (let start = 0; start < STARTS; start++) {
      const edge = await startEdgeProcess(config);
      murder.victim = edge;
      const done = edge.ready
        .then(() =>
          force ? edge.ask({ renew: "ai.example.com" }) : new Promise((resolve) => setTimeout(resolve, start < 3 ? 6_000 : 100)),
        )
        .catch(() => {});
      await Promise.race([done, edge.exited]);
      edge.child.kill("SIGKILL");
      await edge.exited;
    }
    // Let's Encrypt's own numbers; all 50 starts together take less than any of the windows.
    expect(ca.accepted("newAccount")).toBeLessThanOrEqual(10);
    expect(ca.accepted("newOrder")).toBeLessThanOrEqual(300);
    expect(ca.accepted("finalize")).toBeLessThanOrEqual(5);
    if (!isReachable) expect(ca.accepted("challenge")).toBeLessThanOrEqual(5);
    // And it was no quiet time: the CA was asked.
    expect(ca.accepted("newOrder")).toBeGreaterThan(0);
  });
});

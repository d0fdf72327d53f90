import { describe, expect, it } from "vitest";

import { acmeSettings, serverOf, shown } from "../support/acme-edge.ts";
import { startFaultCa } from "../support/fault-ca.ts";
import { hasPebble, startPebble } from "../support/pebble.ts";
import { edgeConfig, startEdgeProcess, until, type EdgeProcess } from "./support/edge-process.ts";

const NAME = "ai.example.com";

const certified = (edge: EdgeProcess): Promise<void> => until(edge, { [NAME]: "valid" });

/** Two edges on one directory; the CA looks at the first one's ports, whoever ordered. */
async function pair(alwaysValid = false) {
  const pebble = await startPebble({ rejectedNonces: 0, alwaysValid });
  const ca = await startFaultCa(pebble);
  const settings = await acmeSettings(pebble, { acme: { servers: [serverOf(ca.directory)] } });
  const first = await edgeConfig({ host: pebble.host, httpPort: pebble.httpPort, httpsPort: pebble.tlsPort, settings });
  const second = await edgeConfig({ host: pebble.host, httpPort: 0, httpsPort: 0, settings });
  return { pebble, ca, first, second };
}

describe.skipIf(!hasPebble)("two edges that share a directory", () => {
  it("order once, and both serve what came", async () => {
    const { pebble, ca, first, second } = await pair();
    const edges = await Promise.all([startEdgeProcess(first), startEdgeProcess(second)]);
    const ports = await Promise.all(edges.map(({ ready }) => ready));
    await Promise.all(edges.map(certified));
    const root = { ca: await pebble.issuerRoot(), rejectUnauthorized: true };
    const serials = await Promise.all(ports.map(async ({ https }) => (await shown(pebble.host, https, NAME, root)).serialNumber));
    expect(serials[0]).toBe(serials[1]);
    expect([ca.accepted("newAccount"), ca.accepted("newOrder"), ca.accepted("finalize")]).toEqual([1, 1, 1]);
  });

  it("order by the one, while the other one, which the CA reaches, answers the challenge", async () => {
    const { ca, first, second } = await pair();
    // The first one obtains another name, from a CA that does not answer.
    const servers = [serverOf({ url: "https://127.0.0.1:9/dir", caFile: ca.directory.caFile })] as const;
    const tls = { ...first.tls, names: [{ kind: "name", value: "b.example.com" }], servers } as typeof first.tls;
    const answering = await startEdgeProcess({ ...first, tls });
    await answering.ready;
    const ordering = await startEdgeProcess(second);
    await ordering.ready;
    await certified(ordering);
    expect(ca.accepted("newOrder")).toBe(1);
  });

  it("go on where one is killed in the middle of its order", async () => {
    const { ca, first, second } = await pair(true);
    const victim = await startEdgeProcess(second);
    ca.faults.push({ kind: "finalize", nth: 1, before: () => void victim.child.kill("SIGKILL") });
    await victim.exited;
    const survivor = await startEdgeProcess(first);
    await survivor.ready;
    await certified(survivor);
    // The order that the dead one began is the one that was finished.
    expect([ca.accepted("newAccount"), ca.accepted("newOrder")]).toEqual([1, 1]);
  });
});

import { describe, expect, it } from "vitest";

import { acmeSettings, serverOf } from "../support/acme-edge.ts";
import { problem, startFaultCa } from "../support/fault-ca.ts";
import { hasPebble, startPebble } from "../support/pebble.ts";
import { edgeConfig, startEdgeProcess, until } from "./support/edge-process.ts";

describe.skipIf(!hasPebble)("a CA that fails by itself at a renewal (500, and no refusal)", () => {
  it("is not told again what is replaced: it may have stumbled over that", async () => {
    const pebble = await startPebble({ rejectedNonces: 0 });
    const ca = await startFaultCa(pebble, [{ kind: "newOrder", nth: 2, instead: problem(500, "serverInternal") }]);
    const settings = await acmeSettings(pebble, { acme: { servers: [serverOf(ca.directory)] } });
    const config = await edgeConfig({ host: pebble.host, httpPort: pebble.httpPort, httpsPort: pebble.tlsPort, settings });
    const edge = await startEdgeProcess(config);
    await edge.ready;
    await until(edge, { "ai.example.com": "valid" });
    expect(await edge.ask({ renew: "ai.example.com" })).toMatchObject({ kind: "failed", failure: { code: "serverInternal" } });
    expect(await edge.ask({ renew: "ai.example.com" })).toMatchObject({ kind: "renewed" });
    expect(await edge.ask({ renew: "ai.example.com" })).toMatchObject({ kind: "renewed" });
    const named = ca.seen
      .filter(({ kind }) => kind === "newOrder")
      .map(({ payload }) => (payload as { readonly replaces?: string }).replaces !== undefined);
    expect(named).toEqual([false, true, false, true]);
    await edge.close();
  });
});

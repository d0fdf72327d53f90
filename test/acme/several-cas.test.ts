import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { acmeSettings, NAME, serverOf, shown } from "../support/acme-edge.ts";
import { html, problem, startFaultCa, type Fault } from "../support/fault-ca.ts";
import { hasPebble, startPebble } from "../support/pebble.ts";
import { edgeConfig, startEdgeProcess, until } from "./support/edge-process.ts";

const MAC_KEY = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";

describe.skipIf(!hasPebble)("of several CAs, the next one is asked, with an external account of its own,", () => {
  it.each<[string, Fault]>([
    ["is down", { kind: "directory", instead: html(503) }],
    ["wants to be left alone for an hour", { kind: "newOrder", instead: problem(429, "rateLimited", { "retry-after": "3600" }) }],
    ["refuses the account", { kind: "newAccount", instead: problem(403, "unauthorized") }],
    ["gives up the order", { kind: "finalize", instead: problem(403, "caa") }],
  ])("when the first one %s; each one's renewals are its own", async (_, fault) => {
    const first = await startPebble({ rejectedNonces: 0 });
    // It looks where the edge listens.
    const second = await startPebble({
      rejectedNonces: 0,
      externalAccounts: { "kid-1": MAC_KEY },
      names: { "*": [first.host] },
      httpPort: first.httpPort,
      tlsPort: first.tlsPort,
    });
    const down = await startFaultCa(first, [fault]);
    const other = await startFaultCa(second);
    const servers = [
      serverOf(down.directory, { name: "first" }),
      serverOf(other.directory, { name: "second", externalAccount: { keyIdentifier: "kid-1", macKey: MAC_KEY } }),
    ] as const;
    const settings = await acmeSettings(first, { acme: { servers } });
    const edge = await startEdgeProcess(
      await edgeConfig({ host: first.host, httpPort: first.httpPort, httpsPort: first.tlsPort, settings }),
    );
    const { https } = await edge.ready;
    await until(edge, { [NAME.value]: "valid" });
    const root = { ca: await second.issuerRoot(), rejectUnauthorized: true };
    expect((await shown(first.host, https, NAME.value, root)).subjectaltname).toBe(`DNS:${NAME.value}`);
    expect([other.accepted("newAccount"), other.accepted("newOrder"), other.accepted("finalize")]).toEqual([1, 1, 1]);
    // Each CA has an account of its own, and none saw the other one's key.
    expect(await readdir(join(settings.certificates, "accounts"))).not.toHaveLength(0);
    expect(JSON.stringify(down.seen)).not.toContain("kid-1");
    // The window is asked of the CA that issued.
    while (other.count("renewalInfo") === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(down.count("renewalInfo")).toBe(0);
    await edge.close();
  });
});

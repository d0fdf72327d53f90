import { describe, expect, it } from "vitest";

import { acmeEdge, NAME } from "../support/acme-edge.ts";
import { eventually } from "../support/eventually.ts";
import { hasPebble, startPebble } from "../support/pebble.ts";

describe.skipIf(!hasPebble)("an edge with a public name and no certificate", () => {
  it("obtains one by itself, and serves it", async () => {
    const pebble = await startPebble();
    const edge = await acmeEdge(pebble);
    await eventually(
      () => edge.edge.certificates.has(NAME.value),
      50_000,
      () => JSON.stringify(edge.log.entries, undefined, 1),
    );
    const { subjectaltname, issuer } = await edge.shown(NAME.value, { ca: await pebble.issuerRoot(), rejectUnauthorized: true });
    expect(subjectaltname).toBe("DNS:ai.example.com");
    expect(issuer.CN).toMatch(/^Pebble/);
  });
});

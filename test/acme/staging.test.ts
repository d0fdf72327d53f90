import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { acmeSettings, NAME, serverOf, shown } from "../support/acme-edge.ts";
import { problem, startFaultCa, type Fault } from "../support/fault-ca.ts";
import { hasPebble, startPebble } from "../support/pebble.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { edgeConfig, startEdgeProcess, until } from "./support/edge-process.ts";

/** A CA with a staging, which looks where it looks. */
async function stage(faults: readonly Fault[]) {
  const pebble = await startPebble({ rejectedNonces: 0 });
  const { host, httpPort, tlsPort } = pebble;
  const trial = await startPebble({ rejectedNonces: 0, names: { "*": [host] }, httpPort, tlsPort });
  const production = await startFaultCa(pebble, faults);
  const staging = await startFaultCa(trial);
  const caFile = join(await scratchDirectory(), "both.pem");
  await writeFile(caFile, pebble.ca.root + trial.ca.root);
  const server = serverOf({ url: production.directory.url, caFile }, { staging: staging.directory.url });
  const settings = await acmeSettings(pebble, { acme: { servers: [server] } });
  const start = async () => startEdgeProcess(await edgeConfig({ host, httpPort, httpsPort: tlsPort, settings }));
  return { pebble, production, staging, start };
}

describe.skipIf(!hasPebble)("the staging of a CA", () => {
  it("is tried after an order that came to nothing at production, and then production again: what is served is from there", async () => {
    const { pebble, production, staging, start } = await stage([{ kind: "finalize", nth: 1, instead: problem(403, "caa") }]);
    const edge = await start();
    const { https } = await edge.ready;
    await until(edge, { [NAME.value]: "caa" });
    expect(staging.count("newOrder")).toBe(0);
    expect(await edge.ask({ renew: NAME.value })).toMatchObject({ kind: "renewed" });
    expect([staging.accepted("finalize"), production.accepted("newOrder"), production.accepted("finalize")]).toEqual([1, 2, 1]);
    const root = { ca: await pebble.issuerRoot(), rejectUnauthorized: true };
    expect((await shown(pebble.host, https, NAME.value, root)).subjectaltname).toBe(`DNS:${NAME.value}`);
    // What worked goes straight to production.
    expect(await edge.ask({ renew: NAME.value })).toMatchObject({ kind: "renewed" });
    expect(staging.accepted("finalize")).toBe(1);
    await edge.close();
  });

  it("has the first try where the pre-flight found something, in words that tell what to do, and goes on", async () => {
    const { pebble, production, staging, start } = await stage([]);
    pebble.nameServer.caa.set(NAME.value, ["other.example"]); // which Pebble does not look at
    const edge = await start();
    await edge.ready;
    await until(edge, { [NAME.value]: "valid" });
    expect([staging.accepted("finalize"), production.accepted("finalize")]).toEqual([1, 1]);
    const said = edge.log.map(({ message }) => String(message)).join("\n");
    expect(said).toContain(
      `The CAA records of ${NAME.value} (or of the domain above it) don't permit this CA. Add one to the DNS: CAA 0 issue`,
    );
    await edge.close();
  });

  it("that is out of order keeps nobody from a certificate", async () => {
    const { pebble, production, staging, start } = await stage([]);
    pebble.nameServer.caa.set(NAME.value, ["other.example"]);
    staging.faults.push({ kind: "newOrder", instead: problem(503, "serverInternal") });
    const edge = await start();
    await edge.ready;
    await until(edge, { [NAME.value]: "valid" });
    expect([staging.accepted("finalize"), production.accepted("finalize")]).toEqual([0, 1]);
    await edge.close();
  });
});

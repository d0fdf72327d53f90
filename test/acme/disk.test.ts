/** Disks that fail, really: each edge in a mount namespace of its own. */
import { spawnSync } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { acmeSettings, NAME, serverOf, shown } from "../support/acme-edge.ts";
import { startFaultCa } from "../support/fault-ca.ts";
import { hasPebble, startPebble } from "../support/pebble.ts";
import { edgeConfig, startEdgeProcess, until } from "./support/edge-process.ts";

const root = process.getuid?.() === 0 ? [] : ["--map-root-user", "--user"];
const canMount = spawnSync("unshare", [...root, "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status === 0;
if (!canMount) console.error("\n*** SKIPPED: failing disks: no mount namespace can be made here. ***\n");

/** Runs a shell line before the edge, in its mount namespace. */
const after = (line: string): { readonly execPath: string; readonly execArgv: readonly string[] } => ({
  execPath: "unshare",
  execArgv: [...root, "--mount", "sh", "-c", `${line} && exec "$0" "$@"`, process.execPath],
});

/** A certificate that is due, in a directory. */
async function due() {
  const pebble = await startPebble({ rejectedNonces: 0 });
  const ca = await startFaultCa(pebble);
  const settings = await acmeSettings(pebble, { acme: { servers: [serverOf(ca.directory)] } });
  const config = await edgeConfig({ host: pebble.host, httpPort: pebble.httpPort, httpsPort: pebble.tlsPort, settings });
  const first = await startEdgeProcess(config);
  await first.ready;
  await until(first, { [NAME.value]: "valid" });
  await first.close();
  const record = join(settings.certificates, NAME.value, "renewal.json");
  const remembered = JSON.parse(await readFile(record, "utf8")) as object;
  await writeFile(record, JSON.stringify({ ...remembered, window: { start: 1, end: 2, moment: 2 }, pollAt: Date.now() + 80_000_000 }));
  const tls = { ca: await pebble.issuerRoot(), rejectUnauthorized: true };
  return { pebble, ca, config, directory: settings.certificates, tls, orders: ca.accepted("newOrder") };
}

describe.skipIf(!hasPebble || !canMount)("a directory of certificates", () => {
  it("that is read-only: what is in it is served, nothing is ordered, and the log says why; once it can be written, it goes on", async () => {
    const { pebble, ca, config, directory, tls, orders } = await due();
    const edge = await startEdgeProcess(
      config,
      after(`mount --bind '${directory}' '${directory}' && mount -o remount,bind,ro '${directory}'`),
    );
    const { https } = await edge.ready;
    expect((await shown(pebble.host, https, NAME.value, tls)).subjectaltname).toBe(`DNS:${NAME.value}`);
    while (!edge.log.some(({ level }) => level === "error")) await new Promise((resolve) => setTimeout(resolve, 50));
    const said = edge.log.find(({ level }) => level === "error");
    expect(said).toMatchObject({ message: expect.stringContaining("what is served stays as it is") });
    expect(JSON.stringify(said)).toContain("EROFS");
    // The status says it, too, though nothing can be written down.
    const [status] = await edge.ask("status");
    expect(status?.lastError).toMatchObject({ server: "this machine", code: "files", detail: expect.stringContaining("EROFS") });
    expect(ca.accepted("newOrder")).toBe(orders);
    expect((await shown(pebble.host, https, NAME.value, tls)).subjectaltname).toBe(`DNS:${NAME.value}`);
    await edge.close();

    const healthy = await startEdgeProcess(config);
    await healthy.ready;
    while (ca.accepted("newOrder") === orders) await new Promise((resolve) => setTimeout(resolve, 50));
    await until(healthy, { [NAME.value]: "valid" });
  });

  it("that is full: the same", async () => {
    const { pebble, ca, config, directory, tls, orders } = await due();
    const edge = await startEdgeProcess(
      config,
      after(
        `cp -a '${directory}' '${directory}.copy' && mount -t tmpfs -o size=128k,mode=700 tmpfs '${directory}' && cp -a '${directory}.copy/.' '${directory}' && ` +
          `(cat /dev/zero > '${directory}/filler' 2>/dev/null || true)`,
      ),
    );
    const { https } = await edge.ready;
    while (!edge.log.some(({ level }) => level === "error")) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(JSON.stringify(edge.log.find(({ level }) => level === "error"))).toContain("ENOSPC");
    expect(ca.accepted("newOrder")).toBe(orders);
    expect((await shown(pebble.host, https, NAME.value, tls)).subjectaltname).toBe(`DNS:${NAME.value}`);
    await edge.close();
    await rm(`${directory}.copy`, { recursive: true, force: true });
  });

  it("that does not exist and can't be made: the edge does not start, and says which one", async () => {
    const pebble = await startPebble();
    const settings = await acmeSettings(pebble);
    await writeFile(join(settings.certificates, "..", "file"), "");
    const broken = { ...settings, certificates: join(settings.certificates, "..", "file", "certs") };
    await mkdir(settings.certificates, { recursive: true });
    const edge = await startEdgeProcess(
      await edgeConfig({ host: pebble.host, httpPort: pebble.httpPort, httpsPort: pebble.tlsPort, settings: broken }),
    );
    expect(await edge.exited).toBe(1);
    expect(JSON.stringify(edge.log)).toContain(broken.certificates);
  });
});

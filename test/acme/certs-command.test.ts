import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { hash } from "bcryptjs";
import { describe, expect, it, onTestFinished } from "vitest";

import { run, start } from "../cli/run-command.ts";
import { shown } from "../support/acme-edge.ts";
import { hasPebble, startPebble } from "../support/pebble.ts";
import { scratchDirectory } from "../support/scratch.ts";

/** What an operator writes, for a bare address and a CA of his own. */
async function place() {
  const pebble = await startPebble({ rejectedNonces: 0 });
  const directory = await scratchDirectory();
  const htpasswd = join(directory, "users");
  await writeFile(htpasswd, `alice:${await hash("correct horse", 4)}\n`, { mode: 0o600 });
  const state = join(directory, "state");
  await mkdir(state, { mode: 0o700 });
  const flags = [
    ...["--domain", pebble.host, "--tls", "acme", "--acme-server", pebble.directory.url, "--acme-ca", pebble.directory.caFile],
    ...["--host", pebble.host, "--https-port", String(pebble.tlsPort), "--http-port", String(pebble.httpPort), "--state", state],
  ];
  const serial = async (): Promise<string> => (await shown(pebble.host, pebble.tlsPort, "")).serialNumber;
  return { pebble, flags, state, serve: ["serve", ...flags, "--htpasswd", htpasswd, "--log-format", "json"], serial };
}

describe.skipIf(!hasPebble)("openclaw-edge certs", () => {
  it("list, renew and revoke through the running edge", async () => {
    const { pebble, state, serve, serial } = await place();
    const edge = start(serve);
    onTestFinished(() => void edge.child.kill("SIGKILL"));
    await edge.printed("certificate_obtained");
    const first = await serial();

    const listed = await run(["certs", "list", "--state", state]);
    expect([listed.code, listed.stderr]).toEqual([0, ""]);
    expect(listed.stdout).toMatch(new RegExp(`${pebble.host.replaceAll(".", "\\.")}\\s.*\\(5 d\\)[^]*Pebble`));
    expect(JSON.parse((await run(["certs", "list", "--json", "--state", state])).stdout)).toMatchObject({
      directory: join(state, "certs"),
      certificates: [{ names: [pebble.host], state: "valid" }],
    });

    const early = await run(["certs", "renew", pebble.host, "--state", state]);
    expect([early.code, early.stdout]).toEqual([
      0,
      expect.stringMatching(/is not due before .* UTC\. To renew it all the same: --force\n/),
    ]);
    const forced = await run(["certs", "renew", pebble.host, "--force", "--state", state]);
    expect(forced).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("has a new certificate, until") });
    const second = await serial();
    expect(second).not.toBe(first);

    const revoked = await run(["certs", "revoke", pebble.host, "--reason", "key-compromise", "--state", state]);
    expect(revoked).toMatchObject({ code: 0, stdout: expect.stringContaining("is revoked.") });
    expect(await pebble.statusOf(second)).toMatchObject({ Status: "Revoked", Reason: 1 });
    const third = await serial();
    expect(third).not.toBe(second);
    expect(await pebble.statusOf(third)).toMatchObject({ Status: "Valid" });

    const unknown = await run(["certs", "renew", "b.example.com", "--state", state]);
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining(`It does for: ${pebble.host}.`) });
    const status = await run(["status", "--json", "--state", state]);
    expect(JSON.parse(status.stdout)).toMatchObject({ certificates: [{ name: pebble.host }] });
  });

  it("renew by itself where no edge runs, and revoke", async () => {
    const { pebble, flags, state } = await place();
    const made = await run(["certs", "renew", pebble.host, ...flags]);
    expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining("has a new certificate, until") });
    expect(made.stderr).toContain("No edge runs there, so this command does it by itself.");
    const again = await run(["certs", "renew", pebble.host, "--force", ...flags]);
    expect(again.code).toBe(0);
    const revoked = await run(["certs", "revoke", pebble.host, ...flags]);
    expect(revoked).toMatchObject({ code: 0, stdout: expect.stringContaining("is revoked.") });
    expect((await run(["certs", "list", "--state", state])).stdout).toContain("Pebble");
  });

  it("tell what a CA that can't look at us said, on 80 columns, and in the list", async () => {
    const { pebble, flags, state } = await place();
    const closed = flags.map((flag) => (flag === String(pebble.httpPort) || flag === String(pebble.tlsPort) ? "0" : flag));
    const failed = await run(["certs", "renew", pebble.host, ...closed]);
    expect(failed).toMatchObject({ code: 1, stdout: "" });
    expect(failed.stderr).toContain("There is no new certificate:");
    expect(failed.stderr).toMatch(/refuses connections/); // the pre-flight knew
    const listed = (await run(["certs", "list", "--state", state])).stdout;
    expect(listed).toContain("none yet");
    expect(listed).toContain("1 failure since the last success");
    expect(Math.max(...listed.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
  });
});
